using Pcie.DriverModel.Kernel.Options;
using Pcie.DriverModel.Tests.Fixtures;
using Pcie.Randomness;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Tests.Kernel;

/// <summary>
/// Time in which processors execute nothing: firmware (SMI) and hypervisors, which no event announces, and the way out of an idle state.
/// </summary>
public sealed class SilenceTests
{
    private readonly Machine machine = new();

    [Fact]
    public void AStopMovesWhatEveryProcessorHadLeftToDo()
    {
        machine.QueueAt(1_000, machine.Dpc("a", 5_000), 0);
        machine.QueueAt(1_500, machine.Dpc("b", 5_000), 1);
        machine.RequestAt(2_000, machine.Interrupt("isr", 0x50, 1_000));
        StopAt(2_500, 100_000);
        machine.RunTo(200_000);
        Assert.Equal((103_000, 107_000, 106_500),
            (machine.Span("isr").End, machine.Span("a").End, machine.Span("b").End));
    }

    [Fact]
    public void NothingBeginsOrEndsOnAnyProcessorDuringAStopAndWhatCameIsTakenAfterIt()
    {
        var machine = new Machine(Machine.Quiet with { TicksPerSecond = 100_000 });
        var isr = machine.Interrupt("isr", 0x50, 300, machine.Dpc("dpc", 500));
        machine.At(2_500, () => machine.Kernel.Stop(new(100_000), 0));
        machine.RequestAt(3_000, isr);
        machine.RequestAt(4_000, isr);
        machine.RunTo(200_000);
        Assert.DoesNotContain(machine.Trace, e => e.Time > new SimTime(2_500) && e.Time < new SimTime(102_500)
            && e.Processor != TraceEvent.NoProcessor && e.Kind != TraceKind.InterruptRequested);
        // The clock is first; ten of its interrupts are one bit.
        Assert.Equal(102_500 + Machine.TickDuration, machine.Span("isr").Begin);
        Assert.Equal((1, 1), (isr.Runs, isr.Collapsed));
        Assert.Equal(1, machine.Trace.Count(e => e.Kind == TraceKind.Tick && e.Processor == 1 && e.Time == new SimTime(102_500)));
    }

    [Fact]
    public void ARegisterReadThatCompletesDuringAStopGoesOnAfterIt()
    {
        var wentOn = 0L;
        machine.QueueAt(1_000, machine.Dpc("dpc", async () =>
        {
            await machine.StallUntil(5_000);
            wentOn = machine.Timeline.Now.Nanoseconds;
        }));
        StopAt(2_000, 10_000);
        machine.RequestAt(3_000, machine.Interrupt("isr", 0x50, 300));
        machine.RunTo(200_000);
        Assert.Equal((12_000, 12_300), (machine.Span("isr").Begin, wentOn));
    }

    [Fact]
    public void ARegisterReadThatOutlastsAStopIsNotCutShort()
    {
        var wentOn = 0L;
        machine.QueueAt(1_000, machine.Dpc("dpc", async () =>
        {
            await machine.StallUntil(50_000);
            wentOn = machine.Timeline.Now.Nanoseconds;
        }));
        StopAt(2_000, 10_000);
        machine.RunTo(200_000);
        Assert.Equal(50_000, wentOn);
    }

    [Fact]
    public void StopsThatOverlapAddUp()
    {
        machine.QueueAt(1_000, machine.Dpc("dpc", 5_000));
        StopAt(2_000, 10_000);
        StopAt(3_000, 20_000);
        machine.RunTo(200_000);
        Assert.Equal(36_000, machine.Span("dpc").End);
        Assert.Equal([2_000, 32_000], machine.Trace
            .Where(e => e.Kind is TraceKind.ProcessorsStopped or TraceKind.ProcessorsResumed).Select(e => e.Time.Nanoseconds));
    }

    [Theory]
    [InlineData(5_000, 5_000)]
    [InlineData(10_000, 10_700)]
    [InlineData(99_999, 100_699)]
    [InlineData(100_000, 130_000)]
    public void LeavingIdleCostsByHowLongTheProcessorHasBeenIdle(long at, long taken)
    {
        var machine = Sleepy();
        machine.RequestAt(at, machine.Interrupt("isr", 0x50, 300));
        machine.RunTo(400_000);
        Assert.Equal(taken, machine.Span("isr").Begin);
    }

    [Fact]
    public void WhatArrivesOnTheWayOutOfIdleIsTakenAtItsEndTheHighestFirst()
    {
        var machine = Sleepy();
        machine.RequestAt(200_000, machine.Interrupt("low", 0x50, 300, machine.Dpc("dpc", 500)));
        machine.RequestAt(210_000, machine.Interrupt("high", 0x60, 300));
        machine.RunTo(300_000);
        Assert.Equal(["high", "low", "dpc"], machine.Order);
        Assert.Equal((230_000, 230_300, 230_600),
            (machine.Span("high").Begin, machine.Span("low").Begin, machine.Span("dpc").Begin));
    }

    [Fact]
    public void EveryWayToWakeAnIdleProcessorLeavesItsIdleState()
    {
        Action<Machine>[] ways =
        [
            m => m.Queue(m.Dpc("dpc", 100)),
            m => m[0].Raise(m.Raised("thread", 100)),
            m => m[0].AddThreadWork(new(100)),
            m => m[0].RunThread(() => ValueTask.CompletedTask),
        ];
        foreach (var way in ways)
        {
            var machine = Sleepy();
            machine.At(200_000, () => way(machine));
            // Awake now, and soon idle again, but not for long.
            machine.RequestAt(235_000, machine.Interrupt("isr", 0x50, 300));
            machine.RunTo(300_000);
            Assert.Equal(1, machine.Trace.Count(e => e.Kind == TraceKind.IdleExit && e.Time == new SimTime(200_000) && e.A == 1));
            Assert.Equal(230_000 + 5_000, machine.Span("isr").Begin);
        }
    }

    private static Machine Sleepy() => new(Machine.Quiet with
    {
        IdleStates =
        [
            new IdleState { After = new(10_000), ExitLatency = Distribution.Fixed(new(700)) },
            new IdleState { After = new(100_000), ExitLatency = Distribution.Fixed(new(30_000)) },
        ],
    });

    private void StopAt(long time, long duration) => machine.At(time, () => machine.Kernel.Stop(new(duration), 0));
}
