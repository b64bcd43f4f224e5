using Pcie.Control;
using Pcie.DriverModel.Run;
using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Link.Sessions;
using Pcie.Link.Transports;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>A free-running run of options rather than a file, with host and card on this thread.</summary>
internal static class DirectRun
{
    public static RunReport Of(HostScenario host, DaqCardOptions options)
    {
        var run = host.Run;
        var (hostEnd, deviceEnd) = DirectTransport.CreatePair();
        using var card = new EmulatedCard(
            CardDesign.Daq(options), deviceEnd, new LinkSessionOptions(run.Pacing, run.LinkLatency, run.TimeScale), run.CompletionTimeout);
        hostEnd.Pump = card.Session.ServePending;
        return new HostRun(host, hostEnd, output: null).Execute("inproc",
            () => new CardStatistics(card.Statistics.ToDictionary(), card.Tracer.Digest, card.Card.PayloadSha256),
            CancellationToken.None);
    }
}
