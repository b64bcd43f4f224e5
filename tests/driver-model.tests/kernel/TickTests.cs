using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Kernel.Options;
using Pcie.DriverModel.Tests.Fixtures;
using Pcie.Randomness;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Tests.Kernel;

/// <summary>
/// KeUpdateRunTime. Ticks of processor 0 come at 500 µs and every 1 ms from then, those of processor 1 in between.
/// </summary>
public sealed class TickTests
{
    private const long FirstTick = 500_000, Period = 1_000_000;

    private static readonly KernelOptions Ticking = Machine.Quiet with { TicksPerSecond = 1_000 };

    [Theory]
    [InlineData(DpcImportance.Low, 0)]
    [InlineData(DpcImportance.Low, 1)]
    [InlineData(DpcImportance.Medium, 1)]
    public void WhatNobodyWasToldOfIsServedAtTheNextTick(DpcImportance importance, int from)
    {
        var machine = new Machine(Ticking);
        machine[0].AddThreadWork(Duration.FromSeconds(1));
        machine.QueueAt(1_000, machine.Dpc("dpc", 10, importance, target: 0), from);
        machine.RunTo(FirstTick + Period - 1);
        Assert.Equal(FirstTick + Machine.TickDuration, machine.Span("dpc").Begin);
        Assert.Equal([1], machine.Trace.Where(e => e.Kind == TraceKind.Tick && e.Processor == 0).Select(e => e.A));
    }

    [Fact]
    public void TheTickInterruptsWhateverRuns()
    {
        var machine = new Machine(Ticking);
        machine.RequestAt(FirstTick - 100, machine.Interrupt("isr", 0xC0, 1_000));
        machine.RunTo(Period);
        Assert.Equal(FirstTick + 900 + Machine.TickDuration, machine.Span("isr").End);
    }

    [Fact]
    public void QueuesThatWaitForTheTickLowerTheDepthLimitToOne()
    {
        var machine = new Machine(Ticking);
        machine[0].AddThreadWork(Duration.FromSeconds(1));
        var dpc = machine.Dpc("dpc", 10, DpcImportance.Low);
        var limits = new List<int>();
        for (var tick = 0; tick < 5; tick++)
        {
            machine.Queue(dpc);
            machine.RunTo(FirstTick + tick * Period);
            limits.Add(machine[0].MaximumDpcQueueDepth);
            machine.RunTo(FirstTick + tick * Period + Period / 2);
        }
        // At a limit of one the fifth was served when it was queued.
        Assert.Equal([3, 2, 1, 1, 1], limits);
        Assert.Equal(5, dpc.Runs);
    }

    [Fact]
    public void TheDepthLimitStaysWhileDpcsAreFrequent()
    {
        var machine = new Machine(Ticking with { IdealDpcRate = 0 });
        machine[0].AddThreadWork(Duration.FromSeconds(1));
        machine.Queue(machine.Dpc("dpc", 10, DpcImportance.Low));
        machine.RunTo(FirstTick);
        Assert.Equal(4, machine[0].MaximumDpcQueueDepth);
    }

    [Fact]
    public void TheDepthLimitRisesAfterTwentyTicksWithoutAWaitingQueueUpToItsMaximum()
    {
        var machine = new Machine(Ticking);
        machine[0].AddThreadWork(Duration.FromSeconds(10));
        var dpc = machine.Dpc("dpc", 10, DpcImportance.Low);
        machine.Queue(dpc);
        machine.RunTo(FirstTick + Period / 2);
        machine.Queue(dpc);
        machine.RunTo(FirstTick + Period);
        Assert.Equal(2, machine[0].MaximumDpcQueueDepth);
        machine.RunTo(FirstTick + 20 * Period);
        Assert.Equal(2, machine[0].MaximumDpcQueueDepth);
        machine.RunTo(FirstTick + 21 * Period);
        Assert.Equal(3, machine[0].MaximumDpcQueueDepth);
        machine.RunTo(FirstTick + 200 * Period);
        Assert.Equal(4, machine[0].MaximumDpcQueueDepth);
    }

    [Fact]
    public void TheRequestRateIsHalvedWithTheNewCountAtEachTick()
    {
        var machine = new Machine(Ticking with { MinimumDpcRate = 3 });
        machine[0].AddThreadWork(Duration.FromSeconds(1));
        var (medium, low) = (machine.Dpc("medium", 10), machine.Dpc("low", 10, DpcImportance.Low));
        for (var i = 0; i < 12; i++) machine.QueueAt(1_000 + i * 1_000, medium);
        // (12 + 0) / 2 = 6, (0 + 6) / 2 = 3: Low waits; (1 + 3) / 2 = 2: it does not.
        machine.RunTo(FirstTick + Period + 10_000);
        machine.Queue(low);
        Assert.Equal(0, low.Runs);
        machine.RunTo(FirstTick + 2 * Period + 10_000);
        Assert.Equal(1, low.Runs);
        machine.Queue(low);
        Assert.Equal(2, low.Runs);
    }

    [Fact]
    public void TicksLongerThanTheirPeriodCollapseIntoOne()
    {
        var machine = new Machine(Ticking with { Processors = 1, TickDuration = Distribution.Fixed(new Duration(3_500_000)) });
        machine.RunTo(100_000_000);
        // One is served every 3.5 ms, without pause, from 1 ms on.
        Assert.Equal(1 + 99_000_000 / 3_500_000, machine[0].Ticks);
    }
}
