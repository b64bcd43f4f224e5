using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Calibration;
using Pcie.Diagnosis.Import;
using Pcie.Diagnosis.Import.Results;

namespace Pcie.Diagnosis.Tests.Import;

/// <summary>Inputs of kinds that were once answered wrongly, with what is right for each, reckoned by hand.</summary>
public class RecordedCasesTests
{
    [Fact]
    public void ALabelsMisprintIsSeenByTheNextBin()
    {
        var report = Explain("latencymon-bins.txt").Report;
        Assert.Contains(new LatencyMonBin(new(500_000), new(1_000_000), 595), report.LatencyMon!.DpcBins);
        Assert.Equal(0.00087163, LatencyMonLoad.Of(report.LatencyMon!, "x").ShareOf(isIsr: false), 5);
    }

    [Fact]
    public void SeparatorsAreThoseOfTheWholeReport()
    {
        var figures = Explain("latencymon-thousands.txt").Report.LatencyMon!;
        Assert.Equal((65_816_600L, 536_800L, 5_998_830L),
            (figures.HighestInterruptToProcess!.Value.Nanoseconds, figures.HighestIsr!.Value.Nanoseconds, figures.HighestDpc!.Value.Nanoseconds));
        Assert.Equal(90_558_238_000, Assert.Single(figures.Cpus).TotalDpc!.Value.Nanoseconds);
    }

    [Fact]
    public void NothingIsPairedAcrossDroppedEventsAndWhatBeginsAfterThemCounts()
    {
        var (attribution, report) = Explain("trace-cmd-events-dropped.txt");
        Assert.StartsWith("204600 events: CPU 7", Assert.Single(attribution.LossesAtKnownPlaces), StringComparison.Ordinal);
        Assert.Equal([("softirq SCHED", 1L, 169_000L)], Waits(attribution));
        Assert.Empty(attribution.Isrs);
        Assert.Equal([("softirq SCHED", 49_000L), ("softirq TIMER", 21_000)],
            attribution.Activities.Select(activity => (activity.Source, activity.Busy.Nanoseconds)));
        Assert.Empty(report.NotUnderstood);
    }

    [Fact]
    public void ARaiseDuringARoundBelongsToTheNext()
    {
        var (attribution, report) = Explain("trace-cmd-raise-during-round.txt");
        Assert.Equal([("softirq RCU", 1L, 20_000L), ("softirq SCHED", 2, 80_000), ("softirq TIMER", 1, 36_000)], Waits(attribution));
        var sched = attribution.Summaries.Single(summary => summary.Source == "softirq SCHED");
        Assert.Equal([66_000, 14_000], sched.Worst.Select(wait => wait.Delay.Nanoseconds));
        Assert.All(attribution.Summaries, summary => Assert.Equal(0, summary.Coalesced));
        // The running task is in the line of the first switch.
        Assert.All(sched.Worst, wait => Assert.Equal(0, wait.Shares[^1].Time.Nanoseconds));
        Assert.Contains(sched.Worst[0].Shares, share => share is { Kind: ShareKind.Thread, Source: "task:2377", Time.Nanoseconds: 18_000 });
        Assert.Contains(report.Notes, note => note.Contains("before its round began", StringComparison.Ordinal));
    }

    [Fact]
    public void ARunWithoutAnEndHasAWait()
    {
        var attribution = Explain("ftrace-cut-in-the-run.txt").Attribution;
        var wait = Assert.Single(Assert.Single(attribution.Summaries).Worst);
        Assert.Equal(("softirq TIMER", 56_000L, false), (wait.Source, wait.Delay.Nanoseconds, wait.HasEnd));
        Assert.Equal((ShareKind.Interrupts, "arch_timer", 54_000L), (wait.Shares[0].Kind, wait.Shares[0].Source, wait.Shares[0].Time.Nanoseconds));
        Assert.DoesNotContain(attribution.Activities, activity => activity.Source == "softirq TIMER");
    }

    [Fact]
    public void EventsWithoutTheirColonAreReadAlike()
    {
        var (attribution, report) = Explain("ftrace-entries-without-colon.txt");
        Assert.Equal([("softirq HI", 4L, 24_000L)], Waits(attribution));
        Assert.Equal((2L, 0), (report.WithoutEnd, report.NotUnderstood.Count));
    }

    private static IEnumerable<(string, long, long)> Waits(WaitAttribution attribution) =>
        attribution.Summaries.Select(summary => (summary.Source, summary.Runs, summary.Total.Nanoseconds));

    private static (WaitAttribution Attribution, ImportReport Report) Explain(string name)
    {
        var attribution = new WaitAttribution(new AttributionOptions());
        return (attribution, RecordingImporter.Open(Path.Combine(AppContext.BaseDirectory, name))
            .Import(attribution, null, TestContext.Current.CancellationToken));
    }
}
