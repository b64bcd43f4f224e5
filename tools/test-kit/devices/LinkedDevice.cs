using Pcie.Link;
using Pcie.Link.Grpc;
using Pcie.Link.Grpc.Host;

namespace Pcie.TestKit.Devices;

/// <summary>A device behind a link: an emulator in another process or on another machine, or whatever else speaks the protocol there.</summary>
/// <param name="wait">How long it may take until it is there.</param>
public sealed class LinkedDevice(LinkUri uri, TlsCredentials? credentials, TimeSpan wait, CancellationToken cancellation) : IDeviceUnderTest
{
    public string Place => uri.ToString();

    /// <inheritdoc/>
    public ILinkTransport Attach(TestBenchOptions options) => HostConnector.ConnectAsync(
        uri,
        new ConnectOptions($"test bench on {Environment.MachineName}", options.Pacing, options.Latency)
        {
            Wait = wait, Credentials = credentials, GracePeriod = TimeSpan.Zero,
        },
        cancellation).GetAwaiter().GetResult();
}
