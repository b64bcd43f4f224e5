using Pcie.Control;
using Pcie.DriverModel.Study;
using Pcie.Emulator.Hosting;
using Pcie.Link;
using Pcie.Link.Sessions;
using Pcie.Link.Transports;
using Pcie.Scenario;
using Pcie.Trace;

namespace Pcie.OneProcess;

/// <summary>An emulated card in the slot of a host of this process.</summary>
internal sealed class InsertedCard : IAttachedCard
{
    private readonly EmulatedCard card;
    private readonly Thread? engine;
    private readonly TraceSpool? trace;

    private InsertedCard(EmulatedCard card, ILinkTransport hostEnd, Thread? engine, bool recordTrace)
    {
        (this.card, Transport, this.engine) = (card, hostEnd, engine);
        trace = recordTrace ? new TraceSpool() : null;
        card.Tracer.Sink = trace;
        engine?.Start();
    }

    public (string Name, ushort VendorId, ushort DeviceId) Identity => (card.Identity.Name, card.Identity.VendorId, card.Identity.DeviceId);

    public ILinkTransport Transport { get; }

    public string Link => "inproc";

    public static InsertedCard OnTheHostsThread(CardDesign design, RunScenario run, bool recordTrace)
    {
        var deviceEnd = new DirectTransport();
        var card = new EmulatedCard(design, deviceEnd, SessionOf(run), run.CompletionTimeout);
        return new InsertedCard(card, deviceEnd.CreateHostEnd(card.Session.ServePending), null, recordTrace);
    }

    public static InsertedCard OnItsOwnThread(CardDesign design, RunScenario run, bool recordTrace)
    {
        var (hostEnd, deviceEnd) = InProcessTransport.CreatePair();
        var card = new EmulatedCard(design, deviceEnd, SessionOf(run), run.CompletionTimeout);
        var engine = new Thread(() => card.Session.Run(CancellationToken.None)) { IsBackground = true, Name = "card" };
        return new InsertedCard(card, hostEnd, engine, recordTrace);
    }

    public CardStatistics? GetStatistics()
    {
        lock (card.Session.EngineLock) return CardStatistics.Of(card.GetStatistics());
    }

    public TraceSpool? GetTrace()
    {
        trace?.Sources = card.Tracer.Sources;
        return trace;
    }

    public void Dispose()
    {
        Transport.Dispose();
        engine?.Join();
        card.Dispose();
        trace?.Dispose();
    }

    private static LinkSessionOptions SessionOf(RunScenario run) => new(run.Pacing, run.LinkLatency, run.TimeScale);
}
