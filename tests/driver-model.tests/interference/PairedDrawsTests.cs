using Pcie.DriverModel.Interference;
using Pcie.DriverModel.Tests.Fixtures;
using Pcie.Randomness;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Tests.Interference;

/// <summary>
/// Two runs with one seed differ by what was changed and by nothing else: what an occurrence brings does not depend on whether others before it fell
/// together, on which processor was busy, or on what ran first.
/// </summary>
public sealed class PairedDrawsTests
{
    private const long Length = 20_000_000;

    private static readonly Distribution Long = Distribution.Exponential(new Duration(1_000_000), new Duration(4_000_000));
    private static readonly Distribution Often = Distribution.Exponential(new Duration(50_000));
    private static readonly Distribution Brief = Distribution.Exponential(new Duration(4_000));

    public static TheoryData<string> Kinds => ["isr", "isr on two processors", "dpc", "timer", "raised"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void WhatAnOccurrenceBringsDoesNotDependOnWhatTheProcessorWasDoing(string kind)
    {
        var (alone, disturbed) = (Run(kind, disturb: false), Run(kind, disturb: true));

        // Between two disturbances an occurrence begins when it comes, in both machines: at the same time, so it is the same one.
        var common = alone.Keys.Intersect(disturbed.Keys).ToList();
        Assert.True(common.Count > alone.Count / 4, $"{common.Count} of {alone.Count}");
        Assert.True(common.Count < alone.Count, "Nothing was disturbed.");
        Assert.All(common, begin => Assert.Equal(alone[begin], disturbed[begin]));
    }

    // When each run began and on which processor, and its own time.
    private static Dictionary<(long, int, TraceKind), long> Run(string kind, bool disturb)
    {
        var machine = new Machine(Machine.Quiet with { TicksPerSecond = kind == "timer" ? 5_000 : 1 });
        _ = new InterferenceSource(Options(kind), machine.Kernel, 1);
        if (disturb)
        {
            // A stop of all processors now and then: what comes meanwhile falls together, or waits.
            _ = new InterferenceSource(
                new StopInterference { Name = "firmware", Interval = Long, Stop = Distribution.Fixed(new Duration(300_000)) },
                machine.Kernel, 1);
        }
        machine.RunTo(Length);
        return (kind == "raised" ? Raised(machine) : Spans.Of(machine).Select(s => ((s.Begin, s.Processor, s.Kind), s.Exclusive))).ToDictionary();
    }

    private static IEnumerable<((long, int, TraceKind), long)> Raised(Machine machine)
    {
        var (begun, stopped) = (new long[2], 0L);
        foreach (var e in machine.Trace)
        {
            var now = e.Time.Nanoseconds;
            if (e.Kind == TraceKind.ProcessorsStopped) stopped = now;
            if (e.Kind == TraceKind.ProcessorsResumed) begun = Array.ConvertAll(begun, began => began + now - stopped);
            if (e.Kind == TraceKind.RaisedIrqlBegin) begun[e.Processor] = now;
            if (e.Kind == TraceKind.RaisedIrqlEnd) yield return ((begun[e.Processor], e.Processor, e.Kind), now - begun[e.Processor]);
        }
    }

    private static RecurringInterference Options(string kind) => kind switch
    {
        "isr" => new InterruptInterference { Name = "s", Interval = Often, Isr = Brief, Dpc = new() { Duration = Brief }, Processors = [0] },
        "isr on two processors" => new InterruptInterference { Name = "s", Interval = Often, Isr = Brief, Dpc = new()
        {
            Duration = Brief,
        }, Processors = [0, 1] },
        "dpc" => new DpcInterference { Name = "s", Interval = Often, Dpc = new() { Duration = Brief }, Processors = [0] },
        // Seldom enough that no two share a clock interrupt, since a DPC's beginning is to tell which one it is.
        "timer" => new TimerInterference { Name = "s", Interval = Distribution.Fixed(new Duration(2_010_000)), Timer = Brief, Processors = [0] },
        _ => new RaisedInterference { Name = "s", Interval = Often, Raised = Brief, Processors = [0, 1] },
    };
}
