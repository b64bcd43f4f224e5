using Pcie.DriverModel.Tests.Fixtures;
using Pcie.Time;

namespace Pcie.DriverModel.Tests.Kernel;

public sealed class InterruptDispatchTests
{
    private readonly Machine machine = new();

    [Fact]
    public void NestedIsrExtendsTheOneItInterruptsToTheNanosecond()
    {
        machine.RequestAt(1_000, machine.Interrupt("low", 0x50, 10_000));
        machine.RequestAt(4_001, machine.Interrupt("high", 0x90, 333));
        machine.RunTo(100_000);
        Assert.Equal((4_001, 4_334), (machine.Span("high").Begin, machine.Span("high").End));
        Assert.Equal((1_000, 11_333), (machine.Span("low").Begin, machine.Span("low").End));
    }

    [Theory]
    [InlineData(0x50, 0x5F)]
    [InlineData(0x5F, 0x50)]
    [InlineData(0x50, 0x40)]
    public void IsrOfEqualOrLowerLevelWaits(byte running, byte arriving)
    {
        machine.RequestAt(1_000, machine.Interrupt("running", running, 10_000));
        machine.RequestAt(4_001, machine.Interrupt("arriving", arriving, 333));
        machine.RunTo(100_000);
        Assert.Equal(11_000, machine.Span("running").End);
        Assert.Equal((11_000, 11_333), (machine.Span("arriving").Begin, machine.Span("arriving").End));
    }

    [Fact]
    public void IsrsExtendTheDpcTheyInterrupt()
    {
        machine.QueueAt(1_000, machine.Dpc("dpc", 10_000));
        var isr = machine.Interrupt("isr", 0x30, 250);
        foreach (var time in new[] { 1_000, 3_000, 11_499 }) machine.RequestAt(time, isr);
        machine.RunTo(100_000);
        Assert.Equal((1_000, 11_750), (machine.Span("dpc").Begin, machine.Span("dpc").End));
        Assert.Equal(3, isr.Runs);
    }

    [Fact]
    public void ThreadWorkIsBelowEverything()
    {
        var done = 0L;
        machine[0].RunThread(async () =>
        {
            await machine.Work(10_000);
            done = machine.Timeline.Now.Nanoseconds;
        });
        machine.QueueAt(2_000, machine.Dpc("dpc", 4_000));
        machine.RequestAt(3_000, machine.Interrupt("isr", 0x50, 500));
        machine.RunTo(100_000);
        Assert.Equal(2_000, machine.Span("dpc").Begin);
        Assert.Equal(3_000, machine.Span("isr").Begin);
        Assert.Equal(14_500, done);
    }

    [Fact]
    public void CodeOfAThreadBeginsWhenNothingAboveItRuns()
    {
        var began = 0L;
        machine.RequestAt(1_000, machine.Interrupt("isr", 0x50, 500, machine.Dpc("dpc", 4_000)));
        machine.At(1_200, () => machine[0].RunThread(() =>
        {
            began = machine.Timeline.Now.Nanoseconds;
            return ValueTask.CompletedTask;
        }));
        machine.RunTo(100_000);
        Assert.Equal(5_500, began);
        Assert.Equal(5_500, machine.Span("dpc").End);
    }

    [Fact]
    public void AThreadRunsOneRoutineAtATime()
    {
        machine[0].RunThread(async () => await machine.Work(10_000));
        Assert.Throws<InvalidOperationException>(() => machine[0].RunThread(() => ValueTask.CompletedTask));
    }

    [Fact]
    public void WaitingInterruptsAreTakenHighestVectorFirst()
    {
        machine.RequestAt(1_000, machine.Interrupt("blocker", 0xC0, 10_000));
        foreach (var (time, vector) in new[] { (2_000, 0x41), (3_000, 0xB0), (4_000, 0x4F), (5_000, 0x80), (6_000, 0x31) })
            machine.RequestAt(time, machine.Interrupt($"{vector:X2}", (byte)vector, 100));
        machine.RunTo(100_000);
        Assert.Equal(["blocker", "B0", "80", "4F", "41", "31"], machine.Order);
    }

    [Fact]
    public void EveryDeviceLevelNestsAndTheClockOnTop()
    {
        var m = new Machine(Machine.Quiet with { Processors = 1, TicksPerSecond = 1_000 });
        m.QueueAt(990_000, m.Dpc("dpc", 80_000));
        for (var irql = 3; irql <= 12; irql++)
            m.RequestAt(990_000 + irql * 100, m.Interrupt($"{irql}", (byte)(irql << 4), 80_000));
        m.RunTo(1_999_999);
        Assert.Equal(1, m[0].Ticks);
        Assert.Equal(Enumerable.Range(3, 10).Reverse().Select(irql => $"{irql}").Append("dpc"), Spans.Of(m).Select(s => s.Name));
        Assert.All(Spans.Of(m), s => Assert.Equal(80_000, s.Exclusive));
        Assert.Equal(990_000 + 11 * 80_000 + Machine.TickDuration, m.Span("dpc").End);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void MessagesWhileTheVectorIsInServiceGiveExactlyOneMoreIsr(int messages)
    {
        // Intel SDM 3A 10.8.4: one bit in service, one requested.
        var isr = machine.Interrupt("isr", 0x50, 10_000);
        machine.RequestAt(1_000, isr);
        for (var i = 0; i < messages; i++) machine.RequestAt(2_000 + i, isr);
        machine.RunTo(100_000);
        Assert.Equal([1_000, 11_000], machine.Begins("isr"));
        Assert.Equal(messages - 1, isr.Collapsed);
    }

    [Fact]
    public void EachProcessorRemembersItsOwnMessages()
    {
        var isr = machine.Interrupt("isr", 0x50, 10_000);
        machine.RequestAt(1_000, isr, 0);
        machine.RequestAt(2_000, isr, 1);
        machine.RunTo(100_000);
        Assert.Equal([1_000, 2_000], machine.Begins("isr"));
        Assert.Equal(0, isr.Collapsed);
    }

    [Fact]
    public void AMessageToAVectorThatNothingIsConnectedToIsCounted()
    {
        machine[0].Request(0x77);
        Assert.Equal(1, machine.Kernel.Interrupts.Spurious);
    }

    [Fact]
    public void AVectorDisconnectedWhileItWaitsIsCountedAndHidesNothingBelowIt()
    {
        var (gone, kept) = (machine.Interrupt("gone", 0x90, 100), machine.Interrupt("kept", 0x60, 100));
        machine.RequestAt(1_000, machine.Interrupt("blocker", 0xC0, 10_000));
        machine.RequestAt(2_000, gone);
        machine.RequestAt(2_000, kept);
        machine.At(3_000, () => machine.Kernel.Interrupts.Disconnect(gone));
        machine.RunTo(100_000);
        Assert.Equal(["blocker", "kept"], machine.Order);
        Assert.Equal(1, machine.Kernel.Interrupts.Spurious);
    }

    [Fact]
    public void AVectorIsConnectedOnce()
    {
        machine.Interrupt("one", 0x50, 1);
        Assert.Contains("one", Assert.Throws<InvalidOperationException>(() => machine.Interrupt("two", 0x50, 1)).Message);
    }

    [Theory]
    [InlineData(1, 0xCF)]
    [InlineData(8, 0xC8)]
    [InlineData(32, 0xA0)]
    public void FreeVectorsAreAlignedAndTheHighest(int count, byte first) =>
        Assert.Equal(first, machine.Kernel.Interrupts.FindFreeVectors(count));

    [Fact]
    public void ThereIsNoBlockOfVectorsThatIsNotWhollyFree()
    {
        for (var vector = 0x3F; vector <= 0xCF; vector += 0x10) machine.Interrupt($"{vector:X2}", (byte)vector, 1);
        Assert.Null(machine.Kernel.Interrupts.FindFreeVectors(16));
        Assert.Equal((byte)0xC0, machine.Kernel.Interrupts.FindFreeVectors(8));
    }

    [Fact]
    public void DispatchTakesItsTimeBeforeTheFirstInstructionOfCode()
    {
        var m = new Machine(Machine.Quiet with { InterruptDispatch = new Duration(700), DpcDispatch = new Duration(500) });
        var dpc = m.Dpc("dpc", async () => await m.Work(20));
        m.RequestAt(1_000, m.Interrupt("isr", 0x50, async () =>
        {
            m.Kernel.Current.InsertQueueDpc(dpc);
            await m.Work(10);
        }));
        m.RunTo(100_000);
        Assert.Equal((1_700, 1_710), (m.Span("isr").Begin, m.Span("isr").End));
        Assert.Equal((2_210, 2_230), (m.Span("dpc").Begin, m.Span("dpc").End));
    }
}
