using Pcie.Emulator.Device;
using Pcie.Emulator.Hosting;
using Pcie.Link;
using Pcie.Link.Sessions;
using Pcie.Link.Transports;
using Pcie.TestKit.Devices;
using Pcie.Time;

namespace Pcie.TestKit.Emulated;

/// <summary>An emulated card in this process: a new one for each attachment, free-running on the thread of the bench.</summary>
/// <param name="design">Of each.</param>
public sealed class CardUnderTest(CardDesign design) : IDeviceUnderTest
{
    public string Place => "inproc:";

    /// <summary>A bench with a new card, whose registers it knows by name.</summary>
    /// <exception cref="NotSupportedException">The card runs by simulated time only.</exception>
    public TestBench Bench(TestBenchOptions? options = null)
    {
        options ??= new TestBenchOptions();
        var (transport, card) = Insert(options);
        return new TestBench(transport, EmulatedCardMap.Of(design.Identity, card), options);
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The card runs by simulated time only.</exception>
    public ILinkTransport Attach(TestBenchOptions options) => Insert(options).Transport;

    private (ILinkTransport Transport, ICard Card) Insert(TestBenchOptions options)
    {
        if (options.Pacing != Pacing.FreeRunning) throw new NotSupportedException("A card in this process runs by simulated time only.");
        var device = new DirectTransport();
        var card = new EmulatedCard(design, device, new LinkSessionOptions(options.Pacing, options.Latency), options.CompletionTimeout);
        return (device.CreateHostEnd(card.Session.ServePending, card), card.Card);
    }
}
