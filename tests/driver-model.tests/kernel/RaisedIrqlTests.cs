using Pcie.DriverModel.Kernel.Threads;
using Pcie.DriverModel.Tests.Fixtures;
using Pcie.Trace;

namespace Pcie.DriverModel.Tests.Kernel;

/// <summary>WDK, Managing Hardware Priorities: DPCs run when a processor's IRQL drops below DISPATCH_LEVEL, whoever had raised it.</summary>
public sealed class RaisedIrqlTests
{
    private readonly Machine machine = new();

    [Fact]
    public void NoDpcRunsOnItsProcessorWhileAThreadIsAtDispatchLevelAndIsrsDo()
    {
        RaiseAt(1_000, machine.Raised("thread", 10_000));
        machine.RequestAt(2_000, machine.Interrupt("isr", 0x50, 300, machine.Dpc("dpc", 500)));
        machine.QueueAt(3_000, machine.Dpc("elsewhere", 500), processor: 1);
        machine.RunTo(100_000);
        Assert.Equal((2_000, 3_000), (machine.Span("isr").Begin, machine.Span("elsewhere").Begin));
        // What the ISR took comes on top.
        Assert.Equal(11_300, machine.Span("dpc").Begin);
        Assert.Equal([(1_000, TraceKind.RaisedIrqlBegin, 2), (11_300, TraceKind.RaisedIrqlEnd, 2)], RaisedEvents());
    }

    [Fact]
    public void AThreadAtADeviceLevelHoldsBackInterruptsUpToItsLevel()
    {
        RaiseAt(1_000, machine.Raised("thread", 10_000, irql: 5));
        machine.RequestAt(2_000, machine.Interrupt("equal", 0x50, 300));
        machine.RequestAt(2_000, machine.Interrupt("above", 0x60, 300));
        machine.RunTo(100_000);
        Assert.Equal((2_000, 11_300), (machine.Span("above").Begin, machine.Span("equal").Begin));
    }

    [Fact]
    public void AThreadCannotRaiseItsLevelBeforeTheQueueIsEmpty()
    {
        machine.QueueAt(1_000, machine.Dpc("first", 500));
        machine.QueueAt(1_100, machine.Dpc("second", 500));
        RaiseAt(1_050, machine.Raised("thread", 1_000));
        machine.QueueAt(2_500, machine.Dpc("third", 500));
        machine.RunTo(100_000);
        Assert.Equal((1_500, 3_000), (machine.Span("second").Begin, machine.Span("third").Begin));
        Assert.Equal([2_000, 3_000], RaisedEvents().Select(e => e.Time));
    }

    [Fact]
    public void BetweenTwoThreadsThatRaiseTheirLevelTheQueueIsEmptied()
    {
        var (a, b) = (machine.Raised("a", 1_000), machine.Raised("b", 1_000));
        RaiseAt(1_000, a, b, a);
        machine.QueueAt(1_500, machine.Dpc("dpc", 200));
        machine.RunTo(100_000);
        Assert.Equal(2_000, machine.Span("dpc").Begin);
        Assert.Equal([1_000, 2_000, 2_200, 3_200, 3_200, 4_200], RaisedEvents().Select(e => e.Time));
        Assert.Equal((2, 1), (a.Runs, b.Runs));
    }

    [Fact]
    public void CodeInTheThreadWaitsUntilTheLevelIsLow()
    {
        RaiseAt(1_000, machine.Raised("thread", 10_000));
        var ran = 0L;
        machine.At(2_000, () => machine[0].RunThread(() =>
        {
            ran = machine.Timeline.Now.Nanoseconds;
            return ValueTask.CompletedTask;
        }));
        machine.RunTo(100_000);
        Assert.Equal(11_000, ran);
    }

    private void RaiseAt(long time, params RaisedThread[] threads) =>
        machine.At(time, () => Array.ForEach(threads, machine[0].Raise));

    private (long Time, TraceKind Kind, int Irql)[] RaisedEvents() =>
        [.. machine.Trace.Where(e => e.Kind is TraceKind.RaisedIrqlBegin or TraceKind.RaisedIrqlEnd)
            .Select(e => (e.Time.Nanoseconds, e.Kind, (int)e.A))];
}
