using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Machine;
using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Diagnosis.Tests.Attribution;

/// <summary>One processor; times in nanoseconds. The DPC looked at is "ours".</summary>
public class WaitAttributionTests
{
    private readonly List<(long At, Action<WaitAttribution> Tell)> told = [];

    private void Ran(IntervalKind kind, string source, long begin, long end) => told.Add((end,
        sink => sink.Add(new Interval(kind, 0, sink.Source(source), new SimTime(begin), new SimTime(end)))));

    private void Asked(long at, bool queued = true) => told.Add((at,
        sink => sink.Add(new Instant(queued ? InstantKind.DpcQueued : InstantKind.DpcCoalesced, 0, sink.Source("ours"), new SimTime(at)))));

    private WaitAttribution Attribute(AttributionOptions? options = null)
    {
        var attribution = new WaitAttribution(options ?? new AttributionOptions { Dpc = name => name == "ours" });
        foreach (var (_, tell) in told.OrderBy(t => t.At)) tell(attribution);
        return attribution;
    }

    private static Wait OnlyWait(WaitAttribution attribution) => Assert.Single(Assert.Single(attribution.Summaries).Worst);

    private static (ShareKind, string, long)[] Shares(Wait wait) =>
        [.. wait.Shares.Select(share => (share.Kind, share.Source, share.Time.Nanoseconds))];

    // What blocks a DPC may have begun before its ISR: the intervals after the request do not tell all.
    [Fact]
    public void ADpcThatRanAlreadyIsToldFromOneThatStoodAhead()
    {
        Ran(IntervalKind.Dpc, "long", 10, 600);
        Asked(100);
        Ran(IntervalKind.Dpc, "short", 610, 700);
        Ran(IntervalKind.Dpc, "ours", 720, 800);

        Assert.Equal(
            [(ShareKind.AlreadyRunning, "long", 500), (ShareKind.AheadInQueue, "short", 90), (ShareKind.Unexplained, "", 30)],
            Shares(OnlyWait(Attribute())));
    }

    // Pitfall (ii).
    [Fact]
    public void AnIsrInsideADpcIsTakenFromTheDpc()
    {
        Asked(0);
        Ran(IntervalKind.Dpc, "other", 0, 100);
        Ran(IntervalKind.Isr, "nic", 20, 50);
        Ran(IntervalKind.Isr, "timer", 30, 40);
        Ran(IntervalKind.Dpc, "ours", 100, 110);

        Assert.Equal(
            [
                (ShareKind.AheadInQueue, "other", 70), (ShareKind.Interrupts, "nic", 20), (ShareKind.Interrupts, "timer", 10),
                (ShareKind.Unexplained, "", 0),
            ],
            Shares(OnlyWait(Attribute())));
    }

    // Pitfall (iii).
    [Fact]
    public void TheFirstRequestStartsTheClockAndTheOthersAreCounted()
    {
        Asked(10);
        Asked(20, queued: false);
        Asked(30, queued: false);
        Ran(IntervalKind.Dpc, "ours", 50, 60);

        var wait = OnlyWait(Attribute());
        Assert.Equal((40, 2), (wait.Delay.Nanoseconds, wait.Coalesced));
    }

    // Pitfall (iv), KiRetireDpcList: unlinked before the routine is called.
    [Fact]
    public void ARequestWhileTheRoutineRunsBelongsToTheNextRun()
    {
        Asked(0);
        Ran(IntervalKind.Dpc, "ours", 10, 100);
        Asked(50);
        Ran(IntervalKind.Dpc, "ours", 100, 120);

        var waits = Assert.Single(Attribute().Summaries).Worst;
        Assert.Equal([(50, 50, 0), (0, 10, 0)], waits.Select(w => (w.Since.Nanoseconds, w.Delay.Nanoseconds, w.Coalesced)));
        Assert.Equal([(ShareKind.AlreadyRunning, "ours", 50), (ShareKind.Unexplained, "", 0)], Shares(waits[0]));
    }

    [Fact]
    public void TheWaitBeginsAtTheEndOfTheIsrThatAskedWhereThatIsTheUsage()
    {
        Ran(IntervalKind.Isr, "card", 0, 30);
        Asked(10);
        Ran(IntervalKind.Dpc, "ours", 40, 50);

        Assert.Equal(30, OnlyWait(Attribute()).Delay.Nanoseconds);
        Assert.Equal(10, OnlyWait(Attribute(new AttributionOptions { Dpc = name => name == "ours", FromIsrEnd = true })).Delay.Nanoseconds);
    }

    [Fact]
    public void WhereRequestsAreNotRecordedTheEndOfANamedIsrStandsForThem()
    {
        Ran(IntervalKind.Dpc, "ours", 0, 1);
        Ran(IntervalKind.Isr, "other", 10, 20);
        Ran(IntervalKind.Isr, "card", 30, 40);
        Ran(IntervalKind.Isr, "card", 50, 60);
        Ran(IntervalKind.Dpc, "ours", 90, 99);

        var wait = OnlyWait(Attribute(new AttributionOptions { Dpc = name => name == "ours", Isr = name => name == "card" }));
        Assert.Equal((40, 50, 1), (wait.Since.Nanoseconds, wait.Delay.Nanoseconds, wait.Coalesced));
    }

    [Fact]
    public void RaisedIrqlStopsAndThreadsAreNamed()
    {
        Asked(0);
        Ran(IntervalKind.RaisedIrql, "lock", 0, 10);
        Ran(IntervalKind.Stall, "smi", 10, 40);
        Ran(IntervalKind.Thread, "a.exe", 40, 60);
        Ran(IntervalKind.Thread, Interval.Idle, 60, 65);
        Ran(IntervalKind.Dpc, "ours", 65, 66);

        Assert.Equal(
            [(ShareKind.Silent, "smi", 30), (ShareKind.Thread, "a.exe", 20), (ShareKind.RaisedIrql, "lock", 10), (ShareKind.Idle, "idle", 5),
                (ShareKind.Unexplained, "", 0)],
            Shares(OnlyWait(Attribute())));
    }

    [Fact]
    public void ARunWhoseRequestIsNotInTheRecordingIsCountedAndNotTakenForShort()
    {
        Ran(IntervalKind.Dpc, "ours", 10, 20);
        Asked(30, queued: false);
        Ran(IntervalKind.Dpc, "ours", 40, 50);

        var attribution = Attribute();
        Assert.Equal(2, attribution.RunsWithoutRequest);
        Assert.Empty(attribution.Summaries);
    }

    [Fact]
    public void OnlyTheWorstAreKeptAndAllAreCounted()
    {
        for (var i = 1; i <= 10; i++)
        {
            Asked(i * 100);
            Ran(IntervalKind.Dpc, "ours", i * 100 + i, i * 100 + 50);
        }
        var summary = Assert.Single(Attribute(new AttributionOptions { Worst = 2 }).Summaries);
        Assert.Equal((10, 10, 55), (summary.Runs, summary.Max.Nanoseconds, summary.Total.Nanoseconds));
        Assert.Equal([10, 9], summary.Worst.Select(w => w.Delay.Nanoseconds));
    }

    // A1, A3: a DPC of low importance is left until somebody else has the queue served.
    [Fact]
    public void WhatIsLeftOfTheTimeBeforeSomebodyAskedForTheDpcInterruptIsDeferral()
    {
        Asked(100);
        Ran(IntervalKind.Isr, "nic", 150, 250);
        told.Add((700, sink => sink.Add(new Instant(InstantKind.DpcInterruptRequested, 0, sink.Source("clock"), new SimTime(700)))));
        Ran(IntervalKind.Dpc, "ours", 730, 800);

        Assert.Equal(
            [(ShareKind.Deferred, "", 500), (ShareKind.Interrupts, "nic", 100), (ShareKind.Unexplained, "", 30)],
            Shares(OnlyWait(Attribute())));
    }

    [Fact]
    public void AcrossAGapNothingIsConnected()
    {
        Asked(100);
        told.Add((200, sink => sink.Gap()));
        Ran(IntervalKind.Dpc, "ours", 300, 400);

        var attribution = Attribute();
        Assert.Empty(attribution.Summaries);
        Assert.Equal(1, attribution.RunsWithoutRequest);
    }

    [Fact]
    public void AnIsrThatHadToWaitIsExplainedWhereSomebodyWantsToKnow()
    {
        told.Add((100, sink => sink.Add(new Instant(InstantKind.InterruptPending, 0, sink.Source("ours"), new SimTime(100)))));
        Ran(IntervalKind.Stall, "SMI", 50, 900);
        Ran(IntervalKind.Isr, "ours", 910, 920);

        var wait = Assert.Single(Attribute(new AttributionOptions { Dpc = name => name == "ours", Wanted = [new SimTime(500)] }).Wanted);
        Assert.True(wait.IsOfIsr);
        Assert.Equal([(ShareKind.Silent, "SMI", 800), (ShareKind.Unexplained, "", 10)], Shares(wait));
    }

    private void Instant(InstantKind kind, string source, long at) =>
        told.Add((at, sink => sink.Add(new Instant(kind, 0, sink.Source(source), new SimTime(at)))));

    // KeRemoveQueueDpc: of the two that queue it, the second is withdrawn while the first's run goes on, and the third is not the second's.
    [Fact]
    public void ADpcThatIsTakenOutOfItsQueueWaitsNoMore()
    {
        Asked(10);
        Asked(25);
        Asked(26, queued: false);
        Instant(InstantKind.DpcRemoved, "ours", 27);
        Ran(IntervalKind.Dpc, "ours", 20, 30);
        Asked(500);
        Ran(IntervalKind.Dpc, "ours", 505, 510);

        var summary = Assert.Single(Attribute().Summaries);
        Assert.Equal((2, 0, 10L, 15L), (summary.Runs, summary.Coalesced, summary.Max.Nanoseconds, summary.Total.Nanoseconds));
    }

    // Its interval is told when another has the processor, which is long after the DPC has run.
    [Fact]
    public void TheThreadThatStillRunsIsNamed()
    {
        Instant(InstantKind.ThreadRuns, "spins.exe", 5);
        Asked(10);
        Ran(IntervalKind.Isr, "nic", 20, 25);
        Ran(IntervalKind.Dpc, "ours", 100, 110);

        Assert.Equal(
            [(ShareKind.Thread, "spins.exe", 85), (ShareKind.Interrupts, "nic", 5), (ShareKind.Unexplained, "", 0)], Shares(OnlyWait(Attribute())));
    }

    // Pitfall (viii).
    [Fact]
    public void SamplesOutsideOfIsrsAndDpcsNameTheCodeThatHadTheProcessor()
    {
        Instant(InstantKind.Sample, "before", 5);
        Asked(10);
        Ran(IntervalKind.Dpc, "other", 20, 30);
        foreach (var (source, at) in ((string, long)[])[("lock", 15), ("other", 25), ("lock", 45), ("hal", 55), ("lock", 65)])
            Instant(InstantKind.Sample, source, at);
        Ran(IntervalKind.Dpc, "ours", 70, 90);
        Instant(InstantKind.Sample, "after", 75);

        var wait = OnlyWait(Attribute());
        Assert.Equal([("lock", 3L), ("hal", 1)], wait.Samples);
        Assert.Equal([(ShareKind.AheadInQueue, "other", 10), (ShareKind.Unexplained, "", 50)], Shares(wait));
    }

    // Pitfall (v): KeSetTargetProcessorDpc.
    [Fact]
    public void ADpcThatRunsElsewhereThanItsIsrAnswersItAllTheSame()
    {
        var attribution = new WaitAttribution(new AttributionOptions { Dpc = name => name == "ours", Isr = name => name == "card" });
        attribution.Add(new Interval(IntervalKind.Isr, 0, attribution.Source("card"), new SimTime(30), new SimTime(40)));
        attribution.Add(new Interval(IntervalKind.Dpc, 1, attribution.Source("storport"), new SimTime(20), new SimTime(80)));
        attribution.Add(new Interval(IntervalKind.Dpc, 1, attribution.Source("ours"), new SimTime(90), new SimTime(99)));
        var wait = OnlyWait(attribution);
        Assert.Equal((40L, 50L, 1), (wait.Since.Nanoseconds, wait.Delay.Nanoseconds, wait.Processor));
        Assert.Equal([(ShareKind.AlreadyRunning, "storport", 40), (ShareKind.Unexplained, "", 10)], Shares(wait));
    }

    [Fact]
    public void ALossAtAKnownPlaceTouchesNoWaitButThoseAcrossIt()
    {
        Asked(10);
        told.Add((20, sink => sink.LostAt(0, 7, "the buffer overran.")));
        Ran(IntervalKind.Dpc, "ours", 30, 40);
        Asked(50);
        Ran(IntervalKind.Dpc, "ours", 60, 70);

        var attribution = Attribute();
        Assert.Equal((50L, 10L), (OnlyWait(attribution).Since.Nanoseconds, OnlyWait(attribution).Delay.Nanoseconds));
        Assert.Equal(1, attribution.RunsWithoutRequest);
        Assert.Empty(attribution.Losses);
        Assert.StartsWith("7 events: ", Assert.Single(attribution.LossesAtKnownPlaces), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(15, 10)]
    [InlineData(45, 10)]
    [InlineData(70, 10)]
    [InlineData(120, 110)]
    [InlineData(500, 110)]
    [InlineData(5, -1)]
    public void AnEventIsAboutTheWaitThatItFellIntoOrTheLastBefore(long at, long since)
    {
        Asked(10);
        Ran(IntervalKind.Dpc, "ours", 40, 50);
        Asked(110);
        Ran(IntervalKind.Dpc, "ours", 140, 150);
        Instant(InstantKind.Event, "overrun", at);

        var attribution = Attribute(new AttributionOptions { Dpc = name => name == "ours", ExplainsEvents = true });
        attribution.Complete();
        var e = Assert.Single(attribution.Events);
        Assert.Equal(since, e.Wait?.Since.Nanoseconds ?? -1);
    }

    [Fact]
    public void EverySourceIsCountedByKindAndProcessorWithoutWhatInterruptedIt()
    {
        Ran(IntervalKind.Isr, "nic", 20, 50);
        Ran(IntervalKind.Isr, "timer", 30, 40);
        Ran(IntervalKind.Dpc, "nic", 10, 110);
        Ran(IntervalKind.Dpc, "nic", 120, 121);
        Assert.Equal(
            [("nic", IntervalKind.Dpc, 2, 71, 100), ("nic", IntervalKind.Isr, 1, 20, 30), ("timer", IntervalKind.Isr, 1, 10, 10)],
            Attribute().Activities.Select(a => (a.Source, a.Kind, a.Count, a.Busy.Nanoseconds, a.Longest.Nanoseconds)));
    }
}
