using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Kernel.Options;
using Pcie.DriverModel.Tests.Fixtures;
using Pcie.Time;

namespace Pcie.DriverModel.Tests.Kernel;

/// <summary>How long a host can promise silence: only code of the driver under study speaks to the device, only the watchdog ends a run.</summary>
public sealed class HostOutlookTests
{
    private static readonly KernelOptions Unwatched = Machine.Quiet with { TicksPerSecond = 1_000, DpcWatchdog = DpcWatchdogPolicy.Off };

    private readonly Machine machine = new(Unwatched);

    [Fact]
    public void WhatOtherDriversDoIsNoReasonToSpeak()
    {
        machine.RequestAt(1_000, machine.Interrupt("isr", 0x50, 10_000, machine.Dpc("dpc", 10_000)));
        machine.RequestAt(2_000, machine.Interrupt("waits", 0x50 - 0x10, 10_000));
        machine.QueueAt(1_500, machine.Dpc("queued", 10_000, target: 1));
        machine.At(1_600, () => machine[0].SetTimer(new KernelTimer(machine.Dpc("timer", 100))));
        machine.At(1_700, () => machine[1].Raise(machine.Raised("raised", 10_000)));
        machine.RunTo(5_000);

        Assert.True(machine.Timeline.NextDue < SimTime.Never);
        Assert.Equal(SimTime.Never, machine.Kernel.EarliestSend);
    }

    [Fact]
    public void CodeThatIsRequestedRunsWaitsOrIsQueuedMaySpeakAtTheNextEvent()
    {
        var dpc = machine.Dpc("dpc", Wait);
        machine.RequestAt(1_000, machine.Interrupt("other", 0xB0, 10_000));
        machine.RequestAt(2_000, machine.Interrupt("isr", 0x50, Wait));
        AssertMaySpeak(at: 3_000);
        machine.RunTo(11_500);
        AssertMaySpeak(at: 11_500);
        machine.RunTo(12_500);
        Assert.Equal(SimTime.Never, machine.Kernel.EarliestSend);

        machine.QueueAt(13_000, machine.Dpc("another", 5_000));
        machine.QueueAt(14_000, dpc);
        AssertMaySpeak(at: 15_000);
        AssertMaySpeak(at: 18_500);
        machine.RunTo(30_000);
        Assert.Equal(SimTime.Never, machine.Kernel.EarliestSend);

        machine.At(31_000, () => machine[1].SetTimer(new KernelTimer(machine.Dpc("timer", Wait))));
        AssertMaySpeak(at: 32_000);
        machine.RunTo(3_000_000);
        Assert.Equal(SimTime.Never, machine.Kernel.EarliestSend);

        machine.At(3_001_000, () => machine[0].RunThread(Wait));
        AssertMaySpeak(at: 3_001_500);

        async ValueTask Wait() => await machine.Work(1_000);
    }

    [Fact]
    public void ATimersEventThatMayRunCodeIsAnother()
    {
        machine.At(70_000, () => { });

        Assert.Equal(new SimTime(70_000), machine.Kernel.EarliestSend);
    }

    // Five clock interrupts are allowed; the sixth, at 5.5 ms, halts the machine.
    [Fact]
    public void AHostThatTheWatchdogHaltsHasNotPromisedMore()
    {
        var watched = new Machine(Machine.Quiet with { TicksPerSecond = 1_000, DpcTimeLimit = 5, DpcWatchdogLimit = 12 });
        watched.QueueAt(1_000, watched.Dpc("dpc", 10_000_000));
        watched.RunTo(1_000);
        Assert.InRange(watched.Kernel.EarliestSend.Nanoseconds, 4_000_000, 5_500_000);
        for (var time = 100_000; watched.Kernel.BugCheck is null; time += 100_000)
        {
            Assert.InRange(watched.Kernel.EarliestSend.Nanoseconds, watched.Timeline.NextDue.Nanoseconds, 5_500_000);
            watched.RunTo(time);
        }
        Assert.Equal(5_500_000, watched.Kernel.BugCheck.At.Nanoseconds);
    }

    private void AssertMaySpeak(long at)
    {
        machine.RunTo(at);
        Assert.Equal(machine.Timeline.NextDue, machine.Kernel.EarliestSend);
    }
}
