using Pcie.Emulator.Hosting;
using Pcie.Link;
using Pcie.Link.Sessions;
using Pcie.Link.Transports;
using Pcie.Time;

namespace Pcie.TestKit.Devices;

/// <summary>An emulated card in this process: a new one for each attachment, free-running on the thread of the bench.</summary>
/// <param name="design">Of each.</param>
public sealed class CardUnderTest(CardDesign design) : IDeviceUnderTest
{
    public string Place => "inproc:";

    /// <exception cref="NotSupportedException">It runs by simulated time only.</exception>
    public ILinkTransport Attach(TestBenchOptions options)
    {
        if (options.Pacing != Pacing.FreeRunning) throw new NotSupportedException("A card in this process runs by simulated time only.");
        var (host, device) = DirectTransport.CreatePair();
        var card = new EmulatedCard(design, device, new LinkSessionOptions(options.Pacing, options.Latency), options.CompletionTimeout);
        host.Pump = card.Session.ServePending;
        return host;
    }
}
