using System.Globalization;
using CsCheck;
using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Kernel.Interrupts;
using Pcie.DriverModel.Kernel.Options;
using Pcie.DriverModel.Tests.Fixtures;
using Pcie.Randomness;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Tests.Kernel;

/// <summary>
/// Random loads on two processors, threads at raised IRQL and stops of the machine among them: no time is lost or made, and nothing runs more
/// or less often than it was asked for.
/// </summary>
public sealed class ConservationTests
{
    private const int Sources = 6;
    private const long End = 400_000_000, ThreadWork = 3_000_000;

    private static readonly Gen<SourceLoad> Loads = Gen.Select(
        Gen.Int[0x3, 0xC], Gen.Long[0, 40_000], Gen.Long[0, 60_000], Gen.Enum<DpcImportance>(), Gen.Int[-1, 1], Gen.Bool,
        (irql, isr, dpc, importance, target, hasIsr) =>
            new SourceLoad(irql, isr, dpc, importance, target < 0 ? null : target, hasIsr));

    private static readonly Gen<(int Source, long Time, int Processor)[]> Occurrences =
        Gen.Select(Gen.Int[0, Sources - 1], Gen.Long[0, 2_500_000], Gen.Int[0, 1]).Array[0, 120];

    private static readonly Gen<RaisedLoad[]> RaisedLoads = Gen.Select(
        Gen.Int[Irql.Dispatch, 0xC], Gen.Long[0, 100_000], Gen.Long[0, 2_500_000], Gen.Int[0, 1], Gen.Int[1, 3],
        (irql, duration, time, processor, times) => new RaisedLoad(irql, duration, time, processor, times)).Array[0, 12];

    private static readonly Gen<(long Time, long Duration)[]> Stops = Gen.Select(Gen.Long[0, 2_500_000], Gen.Long[1, 200_000]).Array[0, 4];

    [Fact]
    public void ProcessorTimeIsConservedAndEveryTrueQueueingGivesOneRun() =>
        Gen.Select(Loads.Array[Sources], Occurrences, RaisedLoads, Stops, Gen.Bool).Sample(Conserve, iter: 500);

    private static void Conserve(SourceLoad[] loads, (int Source, long Time, int Processor)[] occurrences, RaisedLoad[] raisedLoads,
        (long Time, long Duration)[] stops, bool sleeps)
    {
        var machine = new Machine(Machine.Quiet with
        {
            TicksPerSecond = 1_000,
            MinimumDpcRate = 3,
            IdleStates = sleeps ? [new IdleState(new Duration(20_000), Distribution.Fixed(new Duration(3_000)))] : [],
        });
        var raised = raisedLoads.Select((r, i) => machine.Raised($"raised {i}", r.Duration, (byte)r.Irql)).ToArray();
        for (var i = 0; i < raised.Length; i++)
        {
            var (thread, load) = (raised[i], raisedLoads[i]);
            for (var n = 0; n < load.Times; n++) machine.At(load.Time, () => machine[load.Processor].Raise(thread));
        }
        foreach (var (time, duration) in stops) machine.At(time, () => machine.Kernel.Stop(new Duration(duration), 0));
        var dpcs = loads.Select((l, i) => machine.Dpc($"dpc {i}", l.Dpc, l.Importance, l.Target)).ToArray();
        var isrs = loads.Select((l, i) =>
            l.HasIsr ? machine.Interrupt($"isr {i}", (byte)(l.Irql << 4 | i), l.Isr, dpcs[i]) : null).ToArray();
        foreach (var (source, time, processor) in occurrences)
        {
            if (isrs[source] is { } isr) machine.RequestAt(time, isr, processor);
            else machine.QueueAt(time, dpcs[source], processor);
        }
        // A thread that always has something to do sees every nanosecond that others take.
        var threadEnds = new long[2];
        for (var p = 0; p < 2; p++)
        {
            var number = p;
            machine[p].RunThread(async () =>
            {
                await machine.Work(ThreadWork);
                threadEnds[number] = machine.Timeline.Now.Nanoseconds;
            });
        }
        machine.RunTo(End);

        var spans = Spans.Of(machine);
        Assert.All(spans, s => Assert.Equal(DurationOf(s.Name), s.Exclusive));
        for (var p = 0; p < 2; p++)
        {
            var end = threadEnds[p];
            var taken = spans.Where(s => s.Processor == p && s.Begin < end && s.End <= end).Sum(s => s.Exclusive);
            var ticks = machine.Trace.Count(e => e.Kind == TraceKind.Tick && e.Processor == p && e.Time < new SimTime(end));
            var atRaisedIrql = machine.Trace.Where(e => e.Kind == TraceKind.RaisedIrqlEnd && e.Processor == p && e.Time <= new SimTime(end))
                .Sum(e => DurationOf(machine.Tracer.Sources[(int)e.Source].Name));
            Assert.Equal(end, ThreadWork + taken + ticks * Machine.TickDuration + atRaisedIrql + StoppedBefore(end));
        }
        for (var i = 0; i < raised.Length; i++) Assert.Equal(raisedLoads[i].Times, raised[i].Runs);
        for (var i = 0; i < Sources; i++)
        {
            var asked = occurrences.Count(o => o.Source == i);
            if (isrs[i] is { } isr)
            {
                Assert.Equal(asked, isr.Runs + isr.Collapsed);
                asked = (int)isr.Runs;
            }
            Assert.Equal(asked, dpcs[i].Queued + dpcs[i].Coalesced);
            Assert.Equal(dpcs[i].Queued, dpcs[i].Runs);
            Assert.Equal(dpcs[i].Runs, spans.Count(s => s.Name == $"dpc {i}"));
        }

        long DurationOf(string name) => name.Split(' ') is [var kind, var number] && int.Parse(number, CultureInfo.InvariantCulture) is var i
            ? kind switch { "dpc" => loads[i].Dpc, "isr" => loads[i].Isr, _ => raisedLoads[i].Duration } : 0;

        // Stops that overlap add up; the thread cannot end during one.
        long StoppedBefore(long end) => machine.Trace.Where(e => e.Time < new SimTime(end))
            .Sum(e => e.Kind == TraceKind.ProcessorsStopped ? -e.Time.Nanoseconds : 0)
            + machine.Trace.Where(e => e.Time <= new SimTime(end)).Sum(e => e.Kind == TraceKind.ProcessorsResumed ? e.Time.Nanoseconds : 0);
    }

    private sealed record RaisedLoad(int Irql, long Duration, long Time, int Processor, int Times);

    private sealed record SourceLoad(int Irql, long Isr, long Dpc, DpcImportance Importance, int? Target, bool HasIsr);
}
