using Pcie.DriverModel.Kernel;
using Pcie.DriverModel.Kernel.Options;
using Pcie.DriverModel.Tests.Fixtures;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Tests.Kernel;

/// <summary>
/// WDK, Bug Check 0x133: clock interrupts counted for a single DPC or ISR, and for a processor at DISPATCH_LEVEL or above. Ticks of
/// processor 0 come at 500 µs and every 1 ms from then.
/// </summary>
public sealed class DpcWatchdogTests
{
    private const long Period = 1_000_000;

    private static readonly KernelOptions Watched =
        Machine.Quiet with { TicksPerSecond = 1_000, DpcTimeLimit = 5, DpcWatchdogLimit = 12 };

    [Fact]
    public void TheDefaultsAreThoseOfTheBugChecksDescription() =>
        Assert.Equal((DpcWatchdogPolicy.BugCheck, 0x500, 0x1E00),
            (new KernelOptions().DpcWatchdog, new KernelOptions().DpcTimeLimit, new KernelOptions().DpcWatchdogLimit));

    [Theory]
    [InlineData(5, false)]
    [InlineData(6, true)]
    public void TheTickThatPassesADpcsAllotmentHaltsTheMachine(int ticks, bool halts)
    {
        var machine = new Machine(Watched);
        var halted = 0;
        machine.Kernel.Halted += () => halted++;
        machine.QueueAt(1_000, machine.Dpc("dpc", ticks * Period));
        machine.RunTo(100 * Period);
        Assert.Equal((halts ? 1 : 0, halts ? 1 : 0), (halted, machine.Kernel.DpcWatchdogViolations));
        Assert.Equal(halts ? new DpcWatchdogViolation(new SimTime(5_500_000), 0, false, "DPC of dpc", 6, 5) : null, machine.Kernel.BugCheck);
    }

    [Fact]
    public void NothingRunsOnAnyProcessorAfterABugCheck()
    {
        var machine = new Machine(Watched);
        var isr = machine.Interrupt("isr", 0x50, 100);
        machine.QueueAt(1_000, machine.Dpc("dpc", 10 * Period));
        machine.RequestAt(6 * Period, isr, 1);
        machine.QueueAt(6 * Period, machine.Dpc("other", 100), 1);
        machine.At(7 * Period, () => machine.Kernel.Stop(new Duration(100), 0));
        machine.At(7 * Period, () => machine[1].AddThreadWork(new Duration(100)));
        machine.RunTo(100 * Period);
        Assert.Equal(0, isr.Runs);
        Assert.Empty(Spans.Of(machine));
        Assert.True(machine.Kernel.BugCheck!.At >= machine.Trace.Where(e => e.Kind == TraceKind.Tick).Max(e => e.Time));
    }

    [Fact]
    public void AnIsrOnAThreadIsHeldToTheSameAllotment()
    {
        var machine = new Machine(Watched);
        machine.RequestAt(1_000, machine.Interrupt("isr", 0x50, 10 * Period));
        machine.RunTo(100 * Period);
        Assert.Equal("ISR of isr", machine.Kernel.BugCheck!.Routine);
    }

    [Fact]
    public void IsrsOnTopOfADpcUseUpItsAllotment()
    {
        var machine = new Machine(Watched);
        machine.QueueAt(1_000, machine.Dpc("dpc", 2 * Period));
        machine.RequestAt(2_000, machine.Interrupt("isr", 0x50, 4 * Period));
        machine.RunTo(100 * Period);
        Assert.Equal("DPC of dpc", machine.Kernel.BugCheck!.Routine);
    }

    [Fact]
    public void TimeThatADpcSpinsForALockCounts()
    {
        var machine = new Machine(Watched);
        var held = machine.Kernel.SpinLock("lock");
        var dpc = machine.Dpc("dpc", 100);
        dpc.Lock = held;
        machine.At(1_000, () => machine[1].Raise(machine.Raised("holder", 10 * Period, spinLock: held)));
        machine.QueueAt(2_000, dpc);
        machine.RunTo(100 * Period);
        Assert.Equal("DPC of dpc", machine.Kernel.BugCheck!.Routine);
    }

    [Fact]
    public void EachDpcOfAQueueHasAnAllotmentOfItsOwnAndTogetherTheyPassThePeriod()
    {
        var machine = new Machine(Watched);
        for (var i = 0; i < 4; i++) machine.QueueAt(1_000, machine.Dpc($"{i}", 4 * Period));
        machine.RunTo(100 * Period);
        // Nothing below DISPATCH_LEVEL in between: the twelfth tick ends the countdown.
        Assert.Equal(new DpcWatchdogViolation(new SimTime(11_500_000), 0, true, "DPC of 2", 12, 12), machine.Kernel.BugCheck);
    }

    [Fact]
    public void AMomentBelowDispatchLevelBeginsTheCountdownAnew()
    {
        var machine = new Machine(Watched);
        var dpc = machine.Dpc("dpc", 4 * Period);
        for (var i = 0; i < 8; i++) machine.QueueAt(1_000 + i * 5 * Period, dpc);
        machine.RunTo(100 * Period);
        Assert.Equal((8, 0), (dpc.Runs, machine.Kernel.DpcWatchdogViolations));
    }

    [Fact]
    public void AThreadAtRaisedIrqlIsHeldToTheCountdownOnly()
    {
        var machine = new Machine(Watched);
        machine.At(1_000, () => machine[0].Raise(machine.Raised("thread", 50 * Period)));
        machine.RunTo(100 * Period);
        Assert.Equal(new DpcWatchdogViolation(new SimTime(11_500_000), 0, true, "thread of thread at raised IRQL", 12, 12), machine.Kernel.BugCheck);
    }

    [Fact]
    public void AThreadedDpcMayTakeAnyTime()
    {
        var machine = new Machine(Watched);
        machine.QueueAt(1_000, machine.Dpc("dpc", 50 * Period, threaded: true));
        machine.RunTo(100 * Period);
        Assert.Equal((0, 1), (machine.Kernel.DpcWatchdogViolations, Spans.Of(machine).Count));
    }

    [Fact]
    public void WhatIsOnlyReportedIsCountedOnceForARoutineAndOnceForEachPeriod()
    {
        var machine = new Machine(Watched with { DpcWatchdog = DpcWatchdogPolicy.Report });
        machine.QueueAt(1_000, machine.Dpc("dpc", 30 * Period));
        machine.RunTo(100 * Period);
        Assert.Null(machine.Kernel.BugCheck);
        Assert.Equal([(0, 6), (1, 12), (1, 12)],
            machine.Trace.Where(e => e.Kind == TraceKind.DpcWatchdogViolation).Select(e => ((int)e.A, (int)e.B)));
        Assert.Equal(3, machine.Kernel.DpcWatchdogViolations);
        Assert.Single(Spans.Of(machine));
    }

    [Fact]
    public void SwitchedOffNobodyWatches()
    {
        var machine = new Machine(Watched with { DpcWatchdog = DpcWatchdogPolicy.Off });
        machine.QueueAt(1_000, machine.Dpc("dpc", 30 * Period));
        machine.RunTo(100 * Period);
        Assert.Equal((0, 1), (machine.Kernel.DpcWatchdogViolations, Spans.Of(machine).Count));
    }
}
