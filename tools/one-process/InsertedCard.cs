using Pcie.Control;
using Pcie.DriverModel.Study;
using Pcie.Emulator.Hosting;
using Pcie.Link;
using Pcie.Link.Sessions;
using Pcie.Scenario;
using Pcie.Trace;

namespace Pcie.OneProcess;

/// <summary>An emulated card in the slot of a host of this process.</summary>
internal sealed class InsertedCard : IAttachedCard
{
    private readonly LocalCard local;
    private readonly TraceSpool? trace;

    public InsertedCard(CardDesign design, RunScenario run, bool recordTrace)
    {
        local = new LocalCard(design, new LinkSessionOptions(run.Pacing, run.LinkLatency, run.TimeScale), run.CompletionTimeout);
        trace = recordTrace ? new TraceSpool() : null;
        local.Card.Tracer.Sink = trace;
        local.Start();
    }

    public (string Name, ushort VendorId, ushort DeviceId) Identity =>
        (local.Card.Identity.Name, local.Card.Identity.VendorId, local.Card.Identity.DeviceId);

    public ILinkTransport Transport => local.HostEnd;

    public string Link => "inproc";

    public CardStatistics? GetStatistics()
    {
        lock (local.Card.Session.EngineLock) return CardStatistics.Of(local.Card.GetStatistics());
    }

    public TraceSpool? GetTrace()
    {
        trace?.Sources = local.Card.Tracer.Sources;
        return trace;
    }

    public void Dispose()
    {
        local.Dispose();
        trace?.Dispose();
    }
}
