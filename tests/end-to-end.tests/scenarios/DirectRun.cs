using Pcie.Card.Daq;
using Pcie.Card.Hosting;
using Pcie.Host.Run;
using Pcie.Host.Scenario;
using Pcie.Link;
using Pcie.Link.Transports;
using Pcie.Scenario;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>A free-running run with host and card on this thread.</summary>
internal static class DirectRun
{
    public static RunReport Of(ScenarioFile file, string folder)
    {
        var host = HostScenario.Read(file);
        return Of(host, CardScenario.Read(file.Table("card"), host.Run.Seed, folder));
    }

    public static RunReport Of(HostScenario host, DaqCardOptions options)
    {
        var run = host.Run;
        var (hostEnd, deviceEnd) = DirectTransport.CreatePair();
        using var card = new EmulatedCard(
            options, deviceEnd, new LinkSessionOptions(run.Pacing, run.LinkLatency, run.TimeScale), run.CompletionTimeout);
        hostEnd.Pump = card.Session.ServePending;
        return new HostRun(host, hostEnd, output: null).Execute("inproc",
            () => new CardStatistics(card.Card.Statistics.ToDictionary(), card.Tracer.Digest, card.Card.PayloadSha256),
            CancellationToken.None);
    }
}
