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

    // The DPC begins in time, and spins until a thread on the other processor lets go.
    [Fact]
    public void ADpcThatSpunForALockHasNotBeenAtWork()
    {
        var (explanation, trials) = Rebuilt("""
            [[host.interference]]
            name = "svc"
            interval = { exponential = "100ms" }
            raised = "15ms"
            lock = "L"
            processor = 1

            [driver]
            buffering = "ring"
            ring-slots = 8
            interrupt-processor = 0
            dpc-lock = "L"
            """);

        Assert.Equal(106, explanation.Overruns.Count);
        Assert.All(explanation.Overruns, overrun => Assert.Equal(VerdictKind.LockHeld, overrun.Verdict.Kind));
        Assert.StartsWith("the driver's own DPC spun for the lock L, which somebody held on another processor, for 7.992 ms of the 7.992 ms",
            explanation.Overruns[0].Verdict.Finding, StringComparison.Ordinal);
        Assert.Equal(("driver.ring-slots=16", 0L), (Assert.Single(trials).Cure.Change, trials[0].Lost));
    }

    // Each copy takes longer than a chunk, so that each is written over while it is copied.
    [Fact]
    public void ADriverWhoseCopiesAreAllTornIsTooSlow()
    {
        var (explanation, _) = Rebuilt("""
            [driver]
            buffering = "single"
            copy-rate = "60 MB/s"
            """, chunk: "64 KiB");

        Assert.All(explanation.Overruns, overrun => Assert.Equal(VerdictKind.OwnDpc, overrun.Verdict.Kind));
        Assert.Contains("of which it copied none whole", explanation.Overruns[0].Verdict.Finding, StringComparison.Ordinal);
        Assert.DoesNotContain(explanation.All.SelectMany(verdict => verdict.Cures), cure => cure.Help == CureHelp.Would);
    }

    [Fact]
    public void WhereTheWorkIsOfTheRunOneRunForSeveralChunksHelps()
    {
        var (explanation, trials) = Rebuilt("""
            [driver]
            buffering = "ring"
            ring-slots = 8
            dpc-work = "1200us"
            drain = "one"
            """);

        Assert.All(explanation.Overruns, overrun => Assert.Equal(VerdictKind.OwnDpc, overrun.Verdict.Kind));
        Assert.Equal(0, trials.Single(trial => trial.Cure.Change == "driver.drain=all").Lost);
    }

    [Fact]
    public void ACardThatMovesChunksSlowerThanItMakesThemIsNotHelpedByRoom()
    {
        var (explanation, trials) = Rebuilt("""
            [card.dma]
            bandwidth = "3 MB/s"

            [driver]
            buffering = "ring"
            ring-slots = 8
            """);

        var verdict = explanation.Verdicts.Single(verdict => verdict.Kind == VerdictKind.DroppedByCard);
        Assert.EndsWith("it moves one in 1.376 ms at least, and its source makes one every 1 ms", verdict.Finding, StringComparison.Ordinal);
        Assert.Empty(trials);
    }

    [Fact]
    public void OfABurstThatTheFifoDoesNotHoldTheCardIsNotAlwaysTooSlow()
    {
        var (explanation, _) = Rebuilt("""
            [[card.fault]]
            kind = "source-burst"
            at = "500ms"
            count = 50

            [driver]
            ring-slots = 4
            """);

        var verdict = explanation.Verdicts.Single(verdict => verdict.Kind == VerdictKind.DroppedByCard);
        Assert.EndsWith("chunks: its source made more at once than its FIFO holds; no DPC was late", verdict.Finding, StringComparison.Ordinal);
        Assert.Contains(verdict.Cures, cure => cure.Help == CureHelp.May && cure.What.Contains("a deeper FIFO", StringComparison.Ordinal));
    }

    // Half of what was to come never did, though nothing that came was lost.
    [Theory]
    [InlineData("link-down", "no-restart")]
    [InlineData("function-reset", "attempt-restart")]
    public void ACardThatIsResetAndNotStartedAgainMakesNothingAnyMore(string fault, string onFailure)
    {
        var rest = $"""
            [[card.fault]]
            kind = "{fault}"
            at = "1s"

            [driver]
            on-failure = "{onFailure}"
            """;

        var (explanation, _) = Rebuilt(rest);

        var verdict = Assert.Single(explanation.Verdicts, verdict => verdict.Kind == VerdictKind.CardNotRestarted);
        Assert.Matches("^the card made (999|1,000) chunks of some 2,000: it was reset or its link went down, and the driver did not start it again",
            verdict.Finding);
        Assert.StartsWith("You or the card", IsItYou(explanation), StringComparison.Ordinal);
        if (onFailure == "no-restart") return;
        Assert.DoesNotContain(Rebuilt(rest + "\nwatchdog = \"10ms\"\n").Explanation.Verdicts, one => one.Kind == VerdictKind.CardNotRestarted);
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

    // Two seconds of a chunk each millisecond, on two processors.
    private static (Explanation Explanation, IReadOnlyList<CureTrial> Trials) Rebuilt(string rest, string chunk = "4 KiB")
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("rebuilt.toml", $"""
            [run]
            duration = "2s"
            seed = 1

            [card.source]
            chunk = "{chunk}"
            period = "1ms"

            [host]
            processors = 2

            {rest}
            """);
        var request = new RunRequest(path, LinkKind.Inproc) { Explains = true };
        var run = new InProcessRun(request);
        var explanation = ExplainedRun.Of(run.Execute(TestContext.Current.CancellationToken), run.Flight!);
        return (explanation, CureTrial.TryAll(request, explanation, TestContext.Current.CancellationToken));
    }

    private static string IsItYou(Explanation explanation) => ExplanationText.OfRun(explanation).Split("IS IT YOU?  ")[1];
}
