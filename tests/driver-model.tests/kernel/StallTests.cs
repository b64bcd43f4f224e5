using Pcie.DriverModel.Tests.Fixtures;
using Pcie.Trace;

namespace Pcie.DriverModel.Tests.Kernel;

/// <summary>A register read is one instruction: nothing gets in before it completes.</summary>
public sealed class StallTests
{
    private readonly Machine machine = new(Machine.Quiet with { Processors = 1, TicksPerSecond = 1_000 });
    private long wentOn;

    [Fact]
    public void AnInterruptWaitsForTheInstructionAndComesBeforeTheNextOne()
    {
        machine.Queue(machine.Dpc("dpc", ReadUntil20000));
        var isr = machine.Interrupt("isr", 0x90, 300);
        machine.RequestAt(12_000, isr);
        machine.RequestAt(13_000, isr);
        machine.RunTo(100_000);
        Assert.Equal(20_000, machine.Span("isr").Begin);
        Assert.Equal((20_300, 20_301), (wentOn, machine.Span("dpc").End));
        Assert.Equal((1, 1), (isr.Runs, isr.Collapsed));
    }

    [Fact]
    public void AnInterruptOfALowerLevelWaitsForTheIsrThatReads()
    {
        machine.RequestAt(0, machine.Interrupt("reader", 0x90, ReadUntil20000));
        machine.RequestAt(12_000, machine.Interrupt("isr", 0x50, 300));
        machine.RunTo(100_000);
        Assert.Equal((20_000, 20_001), (wentOn, machine.Span("isr").Begin));
    }

    [Fact]
    public void ADpcThatIsQueuedWhileAThreadReadsComesBeforeTheThreadGoesOn()
    {
        machine[0].RunThread(ReadUntil20000);
        machine.QueueAt(12_000, machine.Dpc("dpc", 300));
        machine.RunTo(100_000);
        Assert.Equal((20_000, 20_300), (machine.Span("dpc").Begin, wentOn));
    }

    [Fact]
    public void TheClockWaitsTooAndComesFirst()
    {
        machine.At(990_000, () => machine[0].RunThread(async () =>
        {
            await machine.StallUntil(3_500_000);
            wentOn = machine.Timeline.Now.Nanoseconds;
        }));
        machine.RequestAt(995_000, machine.Interrupt("isr", 0x90, 300));
        machine.RunTo(3_900_000);
        // Three ticks fell into the stall: one bit remembers them.
        Assert.Equal([3_500_000], machine.Trace.Where(e => e.Kind == TraceKind.Tick).Select(e => e.Time.Nanoseconds));
        Assert.Equal(3_500_000 + Machine.TickDuration, machine.Span("isr").Begin);
        Assert.Equal(3_500_300 + Machine.TickDuration, wentOn);
    }

    [Fact]
    public void ThreadWorkThatIsAddedMeanwhileIsDoneBeforeTheCodeGoesOn()
    {
        machine[0].RunThread(ReadUntil20000);
        machine.At(12_000, () => machine[0].AddThreadWork(new(5_000)));
        machine.RunTo(100_000);
        Assert.Equal(25_000, wentOn);
    }

    private async ValueTask ReadUntil20000()
    {
        await machine.StallUntil(20_000);
        wentOn = machine.Timeline.Now.Nanoseconds;
        await machine.Work(1);
    }
}
