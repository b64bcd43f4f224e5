using Pcie.DriverModel.Interference;
using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Kernel.Options;
using Pcie.DriverModel.Tests.Fixtures;
using Pcie.Randomness;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Tests.Kernel;

/// <summary>What nothing comes between is over at once; the trace does not tell.</summary>
public sealed class UndisturbedTests
{
    [Fact]
    public void AnIsrAndItsDpcAreOverInTheEventThatBeginsThem()
    {
        var machine = new Machine();
        var ahead = new Ahead(machine);
        InterferenceOptions.StartAll([Source("s", 10_000, isr: 100, dpc: 200)], machine.Kernel, 1);
        machine.Timeline.RunBefore(new SimTime(10_301));
        Assert.Equal(4, ahead.Events);
        Assert.Equal((3L, 10_300L), (machine.Timeline.EventsRun, machine.Timeline.Now.Nanoseconds));
        Assert.Equal([10_000L, 10_100, 10_100, 10_100, 10_300], machine.Trace.Select(e => e.Time.Nanoseconds));
        Assert.False(machine[0].HasCode);
    }

    [Fact]
    public void TheyEndInTheirTimeIfTheRunEndsBefore()
    {
        var machine = new Machine();
        var ahead = new Ahead(machine);
        InterferenceOptions.StartAll([Source("s", 10_000, isr: 100, dpc: 200)], machine.Kernel, 1);
        machine.Timeline.RunBefore(new SimTime(10_300));
        Assert.Equal((0, 10_100L, 4), (ahead.Events, machine.Timeline.Now.Nanoseconds, machine.Trace.Count));
    }

    /// <summary>Machines at random, run as fast as may be and event by event.</summary>
    [Fact]
    public void ATraceIsTheSameWhetherAnythingIsPassedOrNot()
    {
        var passed = 0;
        for (var seed = 1; seed <= 200; seed++)
        {
            var (fast, slow) = (Random(seed), Random(seed));
            var ahead = new Ahead(fast);
            // In pieces, as between two promises of a device.
            for (long end = 700_000; end <= 20_000_000; end += 700_000) fast.Timeline.RunBefore(new SimTime(end), seed % 3 == 0 ? 100 : int.MaxValue);
            while (fast.Timeline.NextDue.Nanoseconds < 20_000_000) fast.Timeline.RunBefore(new SimTime(20_000_000));
            long steps = 0;
            for (; slow.Timeline.NextDue.Nanoseconds < 20_000_000; steps++) slow.Timeline.RunNext();
            Assert.True(fast.Tracer.Count > 100, $"Seed {seed}: {fast.Tracer.Count} events.");
            for (var i = 0; i < slow.Trace.Count; i++)
                Assert.True(i < fast.Trace.Count && slow.Trace[i] == fast.Trace[i], $"Seed {seed}, event {i}: {slow.Trace[i]}");
            Assert.Equal((slow.Tracer.Digest, steps, Counts(slow)), (fast.Tracer.Digest, fast.Timeline.EventsRun, Counts(fast)));
            Assert.Equal(slow.Timeline.Now, fast.Timeline.Now);
            Assert.Equal(slow.Kernel.EarliestSend, fast.Kernel.EarliestSend);
            if (ahead.Events > 0) passed++;
        }
        Assert.InRange(passed, 50, 199);

        static (long, long) Counts(Machine machine) => (machine.Kernel.EventCount, machine.Kernel.Processors.Sum(p => p.MaximumDpcQueueDepth));
    }

    private static Machine Random(int seed)
    {
        var random = new Random(seed);
        var linux = random.Next(4) == 0;
        var machine = new Machine(new KernelOptions
        {
            Processors = random.Next(1, 4),
            TicksPerSecond = 1000,
            TickDuration = Distribution.Fixed(new Duration(random.Next(0, 3) * 1_000)),
            Kernel = linux ? KernelKind.Linux : KernelKind.Windows,
            IdleStates = random.Next(4) > 0 ? [] :
                [new IdleState { After = new Duration(50_000), ExitLatency = Distribution.Fixed(new Duration(3_000)) }],
        });
        var sources = new List<InterferenceOptions>();
        var busy = random.Next(20_000, 400_000);
        for (var i = random.Next(2, 7); i > 0; i--)
        {
            var source = Source($"s{i}", 1, 1, 1) with
            {
                Interval = random.Next(3) > 0 ? Distribution.Exponential(new Duration(busy)) : Distribution.Fixed(new Duration(busy / 1_000 * 1_000)),
                Isr = Some(5_000),
                Processors = random.Next(2) > 0 ? [] : [random.Next(machine.Kernel.Processors.Count)],
                Burst = random.Next(5) > 0 ? 1 : 3,
                Dpc = random.Next(6) == 0 ? null : new QueuedDpc
                {
                    Duration = Some(30_000),
                    Importance = (DpcImportance)random.Next(4),
                    Threaded = random.Next(5) == 0,
                    DpcProcessor = random.Next(5) > 0 ? null : random.Next(machine.Kernel.Processors.Count),
                },
            };
            sources.Add(source);
        }
        if (random.Next(3) == 0) sources.Add(new TimerInterference { Name = "timer", Interval = Some(900_000), Timer = Some(9_000) });
        if (random.Next(3) == 0) sources.Add(new ThreadInterference { Name = "thread", Interval = Some(900_000), Thread = Some(90_000) });
        if (random.Next(3) == 0) sources.Add(new StopInterference { Name = "stop", Interval = Some(4_000_000), Stop = Some(90_000) });
        if (random.Next(3) == 0) sources.Add(new RaisedInterference { Name = "raised", Interval = Some(900_000), Raised = Some(20_000) });
        if (random.Next(3) == 0)
        {
            sources.Add(Source("follower", 1, 1_000, 1_000) with { Interval = null, Follows = sources[0].Name, Delay = Some(3_000), Chance = 0.5 });
            sources.Add(Source("at once", 1, 1_000, 1_000) with { Interval = null, Follows = sources[0].Name });
        }
        InterferenceOptions.StartAll(sources, machine.Kernel, (ulong)seed);
        return machine;

        Distribution Some(int most) => Distribution.Uniform(Duration.Zero, new Duration(random.Next(1, most)));
    }

    // How much a machine tells that is later than its clock.
    private sealed class Ahead : ITraceSink
    {
        private readonly Machine machine;

        public Ahead(Machine machine) => (this.machine, machine.Tracer.Sink) = (machine, this);

        public int Events { get; private set; }

        void ITraceSink.Record(in TraceEvent e)
        {
            if (e.Time > machine.Timeline.Now) Events++;
            machine.Trace.Add(e);
        }
    }

    private static InterruptInterference Source(string name, long interval, long isr, long dpc) => new()
    {
        Name = name,
        Interval = Distribution.Fixed(new Duration(interval)),
        Isr = Distribution.Fixed(new Duration(isr)),
        Dpc = new QueuedDpc { Duration = Distribution.Fixed(new Duration(dpc)) },
    };
}
