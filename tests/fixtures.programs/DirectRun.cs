using Pcie.Control;
using Pcie.Control.Wire;
using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Run;
using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Link.Sessions;
using Pcie.Link.Transports;

namespace Pcie.Fixtures.Programs;

/// <summary>A free-running run of options rather than a file, with host and card on this thread.</summary>
public static class DirectRun
{
    /// <param name="spoil">Takes something out of what the card says about itself at the end.</param>
    public static DaqReport Of(HostScenario host, DaqCardOptions options, Action<Statistics>? spoil = null)
    {
        var run = host.Run;
        var deviceEnd = new DirectTransport();
        using var card = new EmulatedCard(
            CardDesign.Daq(options), deviceEnd, new LinkSessionOptions(run.Pacing, run.LinkLatency, run.TimeScale), run.CompletionTimeout);
        var hostEnd = deviceEnd.CreateHostEnd(card.Session.ServePending);
        return (DaqReport)new HostRun(host, hostEnd, output: null).Execute("inproc", AskCard, CancellationToken.None);

        CardStatistics AskCard()
        {
            var statistics = card.GetStatistics();
            spoil?.Invoke(statistics);
            return CardStatistics.Of(statistics);
        }
    }
}
