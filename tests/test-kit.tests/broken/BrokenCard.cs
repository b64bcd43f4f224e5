using Pcie.Emulator.Daq;
using Pcie.Emulator.Daq.Card;
using Pcie.Emulator.Function;
using Pcie.Link;
using Pcie.Link.Sessions;
using Pcie.Link.Transports;
using Pcie.Pci;
using Pcie.TestKit.Devices;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.TestKit.Tests.Broken;

/// <summary>
/// The data-acquisition card with one thing wrong, at the place where its TLPs come in and go out:
/// <code>
/// bench ── transport ── DeviceSession ── BrokenCard ── PciFunction ── DaqCard
/// </code>
/// </summary>
internal abstract class BrokenCard : ITlpReceiver, ITlpSender
{
    private PciFunction function = null!;
    private DeviceSession session = null!;

    /// <summary>The sound card behind it.</summary>
    protected DaqCard Card { get; private set; } = null!;

    protected Timeline Timeline { get; private set; } = null!;

    /// <summary>What the host has written to a DW of configuration space, as the function holds it.</summary>
    protected uint Config(uint offset) => function.Configuration.Find(offset)!.Value;

    protected void SetConfig(uint offset, uint value) => function.Configuration.Find(offset)!.Value = value;

    /// <summary>A TLP of the host.</summary>
    public virtual void Receive(in Tlp tlp, ReadOnlySpan<byte> payload) => function.Receive(tlp, payload);

    /// <summary>A TLP of the card.</summary>
    public virtual void Send(in Tlp tlp, ReadOnlySpan<byte> payload) => session.Send(tlp, payload);

    public void LinkWentDown(LinkDown down) => function.LinkWentDown(down);

    /// <summary>Cards that are broken so, to be attached.</summary>
    public static IDeviceUnderTest Of(Func<BrokenCard> create) => new UnderTest(create);

    private void Build(ILinkTransport transport, TestBenchOptions options)
    {
        var card = new DaqCardOptions();
        Timeline = new Timeline();
        session = new DeviceSession(Timeline, transport, new LinkSessionOptions(options.Pacing, options.Latency)) { Receiver = this };
        var port = new DevicePort(DaqCard.IdentityOf(card), Timeline, new Tracer(Timeline, TraceSide.Device), options.CompletionTimeout, this);
        Card = new DaqCard(card, port);
        function = new PciFunction(port, Card);
    }

    private sealed class UnderTest(Func<BrokenCard> create) : IDeviceUnderTest
    {
        public string Place => "a broken card";

        public ILinkTransport Attach(TestBenchOptions options)
        {
            var device = new DirectTransport();
            var card = create();
            card.Build(device, options);
            var host = device.CreateHostEnd(card.session.ServePending);
            return host;
        }
    }
}
