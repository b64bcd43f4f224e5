using Pcie.Attach;
using Pcie.Link;
using Pcie.Link.Grpc;
using Pcie.Link.Grpc.Host;

namespace Pcie.TestKit.Devices;

/// <summary>
/// A device behind a link: an emulator in another process or on another machine, whatever else speaks the protocol there, or a device of QEMU's.
/// </summary>
/// <param name="wait">How long it may take until it is there.</param>
public sealed class LinkedDevice(LinkUri uri, TlsCredentials? credentials, TimeSpan wait, CancellationToken cancellation) : IDeviceUnderTest
{
    public string Place => uri.ToString();

    /// <inheritdoc/>
    /// <exception cref="IOException">A device of others cannot be had; the text says what to do.</exception>
    public ILinkTransport Attach(TestBenchOptions options) => HostAttachment.AttachAsync(
        uri,
        new ConnectOptions($"test bench on {Environment.MachineName}", options.Pacing, options.Latency)
        {
            Wait = wait, Credentials = credentials, GracePeriod = TimeSpan.Zero,
        },
        twoThreads: false, cancellation).GetAwaiter().GetResult().Transport;
}
