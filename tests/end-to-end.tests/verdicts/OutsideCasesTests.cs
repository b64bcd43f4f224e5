using Pcie.Diagnosis.Verdicts;
using Pcie.DriverModel.Daq.Report;
using Pcie.Emu.Running;
using Pcie.Emu.WhatIf;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.Verdicts;

/// <summary>Device failures that people reported, rebuilt as scenarios; what is right was reckoned apart from the product.</summary>
public sealed class OutsideCasesTests
{
    [Fact]
    public void ChunksThatWaitForReadsOfTheOwnIsrHaveNotWaitedForRoom()
    {
        var (report, explanation, trials) = Tried("unanswered-reads");

        Assert.Equal(40, report.Host.TimedOutReads);
        Assert.NotEmpty(explanation.Overruns);
        Assert.All(explanation.Overruns, overrun => Assert.Equal(VerdictKind.OwnIsr, overrun.Verdict.Kind));
        Assert.Contains("reads of INT_CAUSE that the card did not answer: 40 in all", explanation.Overruns[0].Verdict.Finding,
            StringComparison.Ordinal);
        Assert.DoesNotContain(trials, trial => trial.Cure.Change.StartsWith("driver.ring-slots", StringComparison.Ordinal));
        Assert.StartsWith("Yes", IsItYou(explanation), StringComparison.Ordinal);
    }

    [Fact]
    public void MessagesThatWereLostWithoutHarmAreNoReasonForAnotherPolicy()
    {
        var (report, explanation, trials) = Tried("messages-lost");

        Assert.Equal(0, report.CountLost());
        var verdict = Assert.Single(explanation.Verdicts);
        Assert.Equal(VerdictKind.MessageLost, verdict.Kind);
        Assert.StartsWith("14 of 1,999 messages", verdict.Finding, StringComparison.Ordinal);
        var trial = Assert.Single(trials);
        Assert.Equal((CureHelp.WouldNot, "driver.rearm-policy=auto-mask", 1892L), (trial.Cure.Help, trial.Cure.Change, trial.Lost));
    }

    [Fact]
    public void AfterOneLostMessageOnlyPollingOrAMessageForEachEventHelps()
    {
        var (report, explanation, trials) = Tried("one-message-lost-auto-mask");

        Assert.Equal((99, 1892, 8), (report.Chunks.Delivered, report.Chunks.Overwritten, report.Chunks.InFlight));
        Assert.All(explanation.Overruns, overrun => Assert.Equal(VerdictKind.MessageLost, overrun.Verdict.Kind));
        Assert.Equal(["driver.rearm-policy=per-event", "driver.watchdog=2000us"],
            trials.Where(trial => trial.Cure.Help == CureHelp.Would).Select(trial => trial.Cure.Change).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void WhatAFullCyclicBufferRefusedIsTheReadersDoing()
    {
        var (report, explanation, trials) = Tried("reader-too-slow");

        Assert.Equal((30_027, 6_592, 23_179), (report.Chunks.Produced, report.Chunks.Delivered, report.Chunks.Refused));
        Assert.Equal(VerdictKind.ReaderTooSlow, Assert.Single(explanation.Verdicts).Kind);
        Assert.Equal(0, Assert.Single(trials).Lost);
        Assert.StartsWith("Not the driver", IsItYou(explanation), StringComparison.Ordinal);
        Assert.DoesNotContain("VERDICT   in time", ExplanationText.OfRun(explanation), StringComparison.Ordinal);
    }

    // The last line is the one that people quote: it does not contradict the verdict above it.
    [Theory]
    [InlineData("coalesced-interrupts-one-per-dpc", "Yes, by the verdict: ")]
    [InlineData("rearm-race-auto-mask-lossy", "You or the card, by the verdict: ")]
    [InlineData("raised-irql", "No: ")]
    public void WhoseItIsFollowsFromTheVerdict(string scenario, string answer)
    {
        var run = new InProcessRun(new RunRequest(ShippedScenarios.PathOf(scenario), LinkKind.Inproc) { Explains = true });
        var report = run.Execute(TestContext.Current.CancellationToken);

        Assert.StartsWith(answer, IsItYou(ExplainedRun.Of(report, run.Flight!)), StringComparison.Ordinal);
    }

    private static (DaqReport Report, Explanation Explanation, IReadOnlyList<CureTrial> Trials) Tried(string name)
    {
        var request = new RunRequest(Path.Combine(AppContext.BaseDirectory, "cases", $"{name}.toml"), LinkKind.Inproc) { Explains = true };
        var run = new InProcessRun(request);
        var report = (DaqReport)run.Execute(CancellationToken.None);
        var explanation = ExplainedRun.Of(report, run.Flight!);
        return (report, explanation, CureTrial.TryAll(request, explanation, CancellationToken.None));
    }

    private static string IsItYou(Explanation explanation) => ExplanationText.OfRun(explanation).Split("IS IT YOU?  ")[1];
}
