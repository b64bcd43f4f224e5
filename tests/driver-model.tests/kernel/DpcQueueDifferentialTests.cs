using CsCheck;
using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Kernel.Options;
using Pcie.DriverModel.Tests.Fixtures;
using Pcie.Randomness;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Tests.Kernel;

/// <summary>The modelled DPC queues against <see cref="ReferenceDpcQueues"/>, step by step.</summary>
/// <remarks>
/// Times never tie: ticks come at whole milliseconds and halves of them, operations a nanosecond later, and a DPC's duration is
/// whole microseconds and two nanoseconds, so that its end has an offset of its own. Timers have no target, so that processors do not
/// act on each other in between.
/// </remarks>
public sealed class DpcQueueDifferentialTests
{
    private const int Dpcs = 12, FirstThreaded = 6, FirstTimer = 9, Microsecond = 1_000, Period = 1_000_000;

    private static readonly Gen<Operation> Operations = Gen.Select(
        Gen.Int[0, 9], Gen.Int[0, Dpcs - 1], Gen.Enum<DpcImportance>(), Gen.Int[-1, 1], Gen.Int[0, 1],
        Gen.OneOf(Gen.Int[1, 30], Gen.Int[1, 2_000]),
        (kind, dpc, importance, target, current, gap) =>
            new Operation(kind == 0, dpc, importance, target < 0 ? null : target, current, gap));

    private static readonly Gen<KernelOptions> Options = Gen.Select(
        Gen.Int[1, 5], Gen.Int[0, 4], Gen.Int[0, 20], Gen.Int[1, 20], Gen.Bool, Gen.Bool,
        (depth, minimumRate, idealRate, threshold, polls, threaded) => new KernelOptions
        {
            Processors = 2,
            TicksPerSecond = 1_000,
            TickDuration = Distribution.Fixed(Duration.Zero),
            IpiLatency = Duration.Zero,
            MaximumDpcQueueDepth = depth,
            MinimumDpcRate = minimumRate,
            IdealDpcRate = idealRate,
            AdjustDpcThreshold = threshold,
            IdlePolls = polls,
            ThreadedDpcs = threaded,
        });

    [Fact]
    public void QueuesAgreeWithTheDocumentedRulesStepByStep() =>
        Gen.Select(Options, Gen.Bool.Array[2], Gen.Int[1, 40].Array[Dpcs], Operations.Array[1, 60]).Sample(Agree, iter: 1_000);

    private static void Agree(KernelOptions options, bool[] idle, int[] microseconds, Operation[] operations)
    {
        var machine = new Machine(options);
        var durations = Array.ConvertAll(microseconds, us => (long)us * Microsecond + 2);
        var dpcs = durations.Select((duration, i) => machine.Dpc($"{i}", duration, threaded: i is >= FirstThreaded and < FirstTimer)).ToArray();
        // Each of the last has a timer on each processor.
        var timers = dpcs.Select(dpc => new[] { new KernelTimer(dpc), new KernelTimer(dpc) }).ToArray();
        var reference = new ReferenceDpcQueues(options, idle, durations,
            options.ThreadedDpcs ? [.. Enumerable.Range(FirstThreaded, FirstTimer - FirstThreaded)] : []);
        for (var p = 0; p < 2; p++)
            if (!idle[p]) machine[p].AddThreadWork(Duration.FromSeconds(1_000));

        var (now, nextTick) = (0L, Period / 2L);
        foreach (var o in operations)
        {
            now += o.Gap * Microsecond + (now == 0 ? 1 : 0);
            for (; nextTick < now; nextTick += Period / 2) reference.Tick(nextTick, nextTick % Period == 0 ? 1 : 0);
            machine.RunTo(now);
            var dpc = dpcs[o.Dpc];
            if (o.Dpc >= FirstTimer)
            {
                reference.SetTimer(now, o.Dpc, o.Current);
                machine[o.Current].SetTimer(timers[o.Dpc][o.Current]);
            }
            else if (o.Removes)
            {
                Assert.Equal(reference.Remove(now, o.Dpc), machine.Kernel.RemoveQueueDpc(dpc));
            }
            else
            {
                (dpc.Importance, dpc.Target) = (o.Importance, o.Target);
                Assert.Equal(reference.Insert(now, o.Dpc, o.Importance, o.Target, o.Current), machine.Queue(dpc, o.Current));
                machine.RunTo(now);
            }
            for (var p = 0; p < 2; p++)
                Assert.Equal((reference.DepthOf(p), reference.LimitOf(p)),
                    (machine[p].DpcQueueDepth, machine[p].MaximumDpcQueueDepth));
            Assert.Equal(Enumerable.Range(0, Dpcs).Select(reference.IsQueued), dpcs.Select(d => d.IsQueued));
        }
        Assert.Equal(reference.Runs.Order(), machine.Trace.Where(e => e.Kind == TraceKind.DpcBegin)
            .Select(e => (e.Time.Nanoseconds, (int)e.Processor, Array.FindIndex(dpcs, d => d.Source == e.Source))).Order());
    }

    private sealed record Operation(bool Removes, int Dpc, DpcImportance Importance, int? Target, int Current, int Gap);
}
