using BenchmarkDotNet.Attributes;
using Pcie.DriverModel.Interference;
using Pcie.DriverModel.Kernel;
using Pcie.DriverModel.Kernel.Options;
using Pcie.Randomness;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Bench;

/// <summary>One event of the timeline, with and without a kernel on it: arrivals, ends of ISRs and DPCs, ticks.</summary>
[BenchmarkCategory("kernel")]
public class KernelBenchmarks : ITimelineTarget
{
    private const int Operations = 4096, Sources = 5;

    private readonly Timeline bare = new();
    private readonly Timeline modelled = new();
    private TimelineEvent[] events = [];

    [GlobalSetup]
    public void SetUp()
    {
        // Sources, ticks, and ISRs or DPCs that run: as many as the kernel has scheduled.
        events = [.. Enumerable.Range(0, Sources + 5).Select(tag => bare.CreateEvent(this, tag))];
        foreach (var e in events) e.Schedule(SimTime.Zero);
        var kernel = new ModelledKernel(modelled, new Tracer(modelled, TraceSide.Host), new KernelOptions(), 1);
        for (var i = 0; i < Sources; i++)
        {
            _ = new InterferenceSource(new InterferenceOptions
            {
                Name = $"source {i}",
                Interval = Distribution.Exponential(Duration.FromMilliseconds(4)),
                Isr = Distribution.LogNormal(Duration.FromMicroseconds(4), 0.4, Duration.FromMicroseconds(40)),
                Dpc = Distribution.LogNormal(Duration.FromMicroseconds(25), 0.6, Duration.FromMilliseconds(1)),
                Processors = [0, 1, 2, 3],
            }, kernel, 1);
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Operations)]
    public SimTime BareTimeline() => Run(bare);

    [Benchmark(OperationsPerInvoke = Operations)]
    public SimTime ModelledKernel() => Run(modelled);

    void ITimelineTarget.Due(int tag) => events[tag].ScheduleAfter(new Duration(1_000_000 + tag * 1_000));

    private static SimTime Run(Timeline timeline)
    {
        for (var i = 0; i < Operations; i++) timeline.RunNext();
        return timeline.Now;
    }
}
