using Pcie.DriverModel.Interference;
using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Tests.Fixtures;
using Pcie.Randomness;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Tests.Interference;

public sealed class InterferenceSourceTests
{
    private static readonly Distribution Brief = Distribution.Fixed(new Duration(100));
    private static readonly Distribution Often = Distribution.Fixed(new Duration(10_000));

    private readonly Machine machine = new();

    [Fact]
    public void IsrsComeAtIntervalsOnTheProcessorsInTurnAndQueueTheirDpcAtTheirEnd()
    {
        Add(new InterruptInterference { Name = "s", Interval = Often, Isr = Brief, Dpc = new() { Duration = Brief }, Processors = [1, 0] });
        machine.RunTo(30_500);
        Assert.Equal(
            [(10_000L, 1), (10_100, 1), (20_000, 0), (20_100, 0), (30_000, 1), (30_100, 1)],
            Spans.Of(machine).OrderBy(s => s.Begin).Select(s => (s.Begin, s.Processor)));
    }

    [Fact]
    public void ASourceWithoutIsrQueuesItsDpcFromATimer()
    {
        Add(new DpcInterference
        {
            Name = "s", Interval = Often, Dpc = new() { Duration = Brief, DpcProcessor = 1, Importance = DpcImportance.High }, Processors = [0],
        });
        machine.RunTo(12_000);
        Assert.Equal((1, 11_000), (machine.Span("s").Processor, machine.Span("s").Begin));
    }

    [Fact]
    public void AThreadsDpcRunsWhenItHasLoweredItsIrql()
    {
        Add(new RaisedInterference
        {
            Name = "s", At = [new Duration(10_000)], Raised = Distribution.Fixed(new Duration(300)), Queues = Brief, Processors = [0],
        });
        machine.RunTo(20_000);
        Assert.Equal((10_300, 10_400), (machine.Span("s").Begin, machine.Span("s").End));
    }

    [Fact]
    public void AFollowerComesWithItsChanceAndAfterItsDelay()
    {
        IReadOnlyList<InterferenceOptions> sources =
        [
            new InterruptInterference { Name = "leader", Interval = Often, Isr = Brief, Processors = [0] },
            new DpcInterference
            {
                Name = "s", Follows = "leader", Chance = 0.25, Delay = Distribution.Fixed(new Duration(3_000)), Dpc = new() { Duration = Brief },
                Processors = [0],
            },
            // Later than the next of its leader, several on their way.
            new DpcInterference
            {
                Name = "late", Follows = "leader", Delay = Distribution.Fixed(new Duration(35_000)), Dpc = new() { Duration = Brief },
                Processors = [0],
            },
        ];
        InterferenceOptions.StartAll(sources, machine.Kernel, 1);
        machine.RunTo(10_006_000);
        var begins = machine.Begins("s").ToList();
        // Five standard deviations of 1,000 times 1 in 4.
        Assert.InRange(begins.Count, 250 - 70, 250 + 70);
        Assert.All(begins, begin => Assert.Equal(3_000, begin % 10_000));
        Assert.Equal(997, machine.Begins("late").Length);
        Assert.All(machine.Begins("late"), begin => Assert.InRange(begin % 10_000, 5_000, 5_200));
    }

    // An ISR of 1 to 21 µs, and a request that comes 900 ns before its end.
    [Fact]
    public void WhatAnIsrAsksForComesBeforeItsEndHoweverLongItTakes()
    {
        InterferenceOptions.StartAll(
            [
                new InterruptInterference
                {
                    Name = "leader", Interval = Distribution.Fixed(new Duration(50_000)),
                    Isr = Distribution.Uniform(new Duration(1_000), new Duration(21_000)), Processors = [0],
                },
                new DpcInterference
                {
                    Name = "s", Follows = "leader", BeforeEnd = Distribution.Fixed(new Duration(900)), Dpc = new() { Duration = Brief },
                    Processors = [0],
                },
            ], machine.Kernel, 1);
        machine.RunTo(10_000_000);

        var queued = machine.Trace.Where(e => e.Kind == TraceKind.DpcQueued).Select(e => e.Time.Nanoseconds).ToList();
        Assert.InRange(queued.Count, 198, 200);
        Assert.All(machine.Begins("s").Zip(queued), run => Assert.Equal(900, run.First - run.Second));
        Assert.True(queued.Select(at => at % 50_000).Distinct().Count() > 100, "They are all alike.");
    }

    // The ISR waits until one of a higher level has ended; a request that comes meanwhile collapses with it, and so does what follows.
    [Fact]
    public void AnIsrThatHasToWaitAsksLater()
    {
        InterferenceOptions.StartAll(
            [
                new InterruptInterference
                {
                    Name = "higher", At = [new Duration(10_000)], Isr = Distribution.Fixed(new Duration(10_000)), Irql = 9, Vector = 0x90,
                    Processors = [0],
                },
                new InterruptInterference
                {
                    Name = "leader", At = [new Duration(12_000), new Duration(15_000), new Duration(40_000)],
                    Isr = Distribution.Fixed(new Duration(2_000)), Irql = 5, Vector = 0x50, Processors = [0],
                },
                new DpcInterference
                {
                    Name = "s", Follows = "leader", BeforeEnd = Distribution.Fixed(new Duration(1_500)), Dpc = new() { Duration = Brief },
                    Processors = [0],
                },
            ], machine.Kernel, 1);
        machine.RunTo(60_000);

        Assert.Equal([20_500, 40_500], machine.Trace.Where(e => e.Kind == TraceKind.DpcQueued).Select(e => e.Time.Nanoseconds));
    }

    [Fact]
    public void ASourceThatNamesNoProcessorsComesToAllInTurn()
    {
        Add(new InterruptInterference { Name = "s", Interval = Often, Isr = Brief });
        machine.RunTo(30_500);
        Assert.Equal([0, 1, 0], Spans.Of(machine).OrderBy(s => s.Begin).Select(s => s.Processor));
    }

    [Fact]
    public void OneOffsComeAtTheirTimesBesidesThePeriodicOnes()
    {
        Add(new InterruptInterference
        {
            Name = "s", Interval = Often, At = [new Duration(3_000), new Duration(14_000)], Isr = Brief, Processors = [0],
        });
        machine.RunTo(25_000);
        Assert.Equal([3_000, 10_000, 14_000, 20_000], machine.Begins("s"));
    }

    [Fact]
    public void AThreadTakesWhatOthersLeave()
    {
        Add(new ThreadInterference { Name = "s", At = [new Duration(1_000)], Thread = Distribution.Fixed(new Duration(5_000)),
            Processors = [0] });
        var ended = 0L;
        machine.At(2_000, () => machine[0].RunThread(() =>
        {
            ended = machine.Timeline.Now.Nanoseconds;
            return ValueTask.CompletedTask;
        }));
        machine.RunTo(100_000);
        Assert.Equal(6_000, ended);
    }

    [Fact]
    public void OneSourceMoreDoesNotChangeWhenOthersCome()
    {
        var random = new DpcInterference
        {
            Name = "s", Interval = Distribution.Exponential(new Duration(50_000)), Dpc = new() { Duration = Brief }, Processors = [0],
        };
        var other = new Machine();
        _ = new InterferenceSource(random with { Name = "another", Processors = [1] }, other.Kernel, 7);
        _ = new InterferenceSource(random, other.Kernel, 7);
        Add(random);
        machine.RunTo(5_000_000);
        other.RunTo(5_000_000);
        Assert.InRange(machine.Begins("s").Length, 50, 150);
        Assert.Equal(machine.Begins("s"), other.Begins("s"));
    }

    [Fact]
    public void ABurstComesSoManyTimesAGapApart()
    {
        Add(new InterruptInterference { Name = "s", At = [new Duration(1_000), new Duration(50_000)], Isr = Brief, Processors = [0], Burst = 3,
            BurstGap = Distribution.Fixed(new Duration(2_000)) });
        machine.RunTo(100_000);
        Assert.Equal([1_000, 3_000, 5_000, 50_000, 52_000, 54_000], machine.Begins("s"));
    }

    [Fact]
    public void ABurstDuringAnotherMakesItLongerAndNoneIsLost()
    {
        Add(new InterruptInterference { Name = "s", At = [new Duration(1_000), new Duration(2_500)], Isr = Brief, Processors = [0], Burst = 3,
            BurstGap = Distribution.Fixed(new Duration(2_000)) });
        machine.RunTo(100_000);
        Assert.Equal([1_000, 2_500, 3_000, 5_000, 7_000, 9_000], machine.Begins("s"));
    }

    // Bursts that last: an occurrence after another 1 µs later in 95 of a hundred, and then 100 µs of nothing.
    [Fact]
    public void ABurstGoesOnAsOftenAsItSays()
    {
        Add(new InterruptInterference
        {
            Name = "s", Interval = Distribution.Fixed(new Duration(100_000)), BurstGap = Distribution.Fixed(new Duration(1_000)),
            BurstBegins = 0.2, BurstGoesOn = 0.95, Isr = Brief, Processors = [0],
        });
        machine.RunTo(200_000_000);
        var begins = machine.Begins("s");
        var isShort = begins.Zip(begins.Skip(1), (one, next) => next - one == 1_000).ToList();
        Assert.All(begins.Zip(begins.Skip(1), (one, next) => next - one), interval => Assert.Contains(interval, (long[])[1_000, 100_000]));
        double Share(bool first) => isShort.Zip(isShort.Skip(1)).Where(pair => pair.First == first).Average(pair => pair.Second ? 1.0 : 0);
        Assert.InRange(Share(false), 0.15, 0.25);
        Assert.InRange(Share(true), 0.93, 0.97);
    }

    // Each varies, and leaves ticks out: none drifts.
    [Fact]
    public void SourcesOfOneIntervalKeepStepWhateverTheirPhase()
    {
        Add(new InterruptInterference
        {
            Name = "a", Interval = Often, Phase = Distribution.Uniform(new Duration(0), new Duration(300)), Chance = 0.5, Isr = Brief,
            Processors = [0],
        });
        Add(new InterruptInterference
        {
            Name = "b", Interval = Often, Phase = Distribution.Uniform(new Duration(11_000), new Duration(11_300)), Isr = Brief, Processors = [1],
        });
        machine.RunTo(10_009_000);
        Assert.All(machine.Begins("a"), begin => Assert.InRange(begin % 10_000, 0, 300));
        Assert.All(machine.Begins("b"), begin => Assert.InRange(begin % 10_000, 1_000, 1_300));
        Assert.InRange(machine.Begins("a").Length, 500 - 80, 500 + 80);
        Assert.Equal(999, machine.Begins("b").Length);
    }

    [Fact]
    public void ASourceComesTogetherWithTheOneThatItFollows()
    {
        var leader = new InterferenceSource(new InterruptInterference { Name = "leader", Interval = Often, Isr = Brief, Processors = [0] },
            machine.Kernel, 7);
        leader.AddFollower(new InterferenceSource(new DpcInterference { Name = "s", Follows = "leader", Dpc = new()
        {
            Duration = Brief,
        }, Processors = [1] },
            machine.Kernel, 7));
        machine.RunTo(25_000);
        Assert.Equal([10_000, 20_000], machine.Begins("leader"));
        Assert.Equal([10_000, 20_000], machine.Begins("s"));
    }

    [Fact]
    public void TimersAndThreadsWaitForTheEndOfAStopAndDevicesDoNot()
    {
        Add(new StopInterference { Name = "stop", At = [new Duration(5_000)], Stop = Distribution.Fixed(new Duration(30_000)) });
        Add(new DpcInterference { Name = "timer", Interval = Often, Dpc = new() { Duration = Brief }, Processors = [0] });
        Add(new InterruptInterference { Name = "device", At = [new Duration(12_000)], Isr = Brief, Processors = [1] });
        machine.RunTo(45_000);
        Assert.Equal([35_000], machine.Begins("device"));
        // Those of 10, 20 and 30 µs come at once: the first begins, the second is queued, and the third finds it so.
        Assert.Equal([35_000, 35_100, 40_000], machine.Begins("timer"));
        Assert.Equal([35_000, 35_000, 35_000, 40_000],
            machine.Trace.Where(e => e.Kind == TraceKind.DpcQueued).Select(e => e.Time.Nanoseconds));
    }

    private void Add(RecurringInterference options) => _ = new InterferenceSource(options, machine.Kernel, 7);
}
