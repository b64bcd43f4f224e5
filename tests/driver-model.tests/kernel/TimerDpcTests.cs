using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Tests.Fixtures;

namespace Pcie.DriverModel.Tests.Kernel;

/// <summary>ROS KiRetireDpcList, KiTimerExpiration: timers expire with the clock, before any DPC that is queued.</summary>
public sealed class TimerDpcTests
{
    // Processor 1 ticks at whole milliseconds, processor 0 half a period earlier.
    private const long FirstTick = 500_000, AfterTick = FirstTick + Machine.TickDuration;

    private readonly Machine machine = new(Machine.Quiet with { TicksPerSecond = 1_000 });

    [Fact]
    public void ATimerExpiresAtTheFirstClockInterruptAfterItsTime()
    {
        SetAt(10_000, machine.Dpc("timer", 500));
        machine.RunTo(900_000);
        Assert.Equal(AfterTick, machine.Span("timer").Begin);
    }

    [Fact]
    public void TimersComeBeforeWhatIsQueuedEvenWithHighImportance()
    {
        machine.RequestAt(499_900, machine.Interrupt("isr", 0x50, 1_000, machine.Dpc("high", 500, DpcImportance.High)));
        SetAt(10_000, machine.Dpc("timer", 500));
        SetAt(20_000, machine.Dpc("second timer", 500));
        machine.RunTo(900_000);
        Assert.Equal(["isr", "timer", "second timer", "high"], machine.Order);
    }

    [Fact]
    public void TimersOfATickDuringTheLoopComeWhenTheQueueIsEmpty()
    {
        machine.QueueAt(499_000, machine.Dpc("running", 5_000));
        machine.QueueAt(499_500, machine.Dpc("queued", 500));
        SetAt(10_000, machine.Dpc("timer", 500));
        machine.RunTo(900_000);
        Assert.Equal(["running", "queued", "timer"], machine.Order);
    }

    [Fact]
    public void ATimerWhoseDpcHasAnotherTargetQueuesItThere()
    {
        SetAt(10_000, machine.Dpc("timer", 500, DpcImportance.High, target: 1));
        machine.RunTo(900_000);
        Assert.Equal((1, AfterTick + 1_000), (machine.Span("timer").Processor, machine.Span("timer").Begin));
    }

    [Fact]
    public void ATimerThatIsSetAgainBeforeItExpiresExpiresOnce()
    {
        var timer = new KernelTimer(machine.Dpc("timer", 500));
        machine.At(10_000, () => machine[0].SetTimer(timer));
        machine.At(20_000, () => machine[0].SetTimer(timer));
        machine.At(600_000, () => machine[0].SetTimer(timer));
        machine.RunTo(1_900_000);
        Assert.Equal([AfterTick, AfterTick + 1_000_000], machine.Begins("timer"));
        Assert.Equal(1, timer.SetAgain);
    }

    private void SetAt(long time, Dpc dpc) => machine.At(time, () => machine[0].SetTimer(new KernelTimer(dpc)));
}
