using Pcie.DriverModel.Kernel.Threads;
using Pcie.DriverModel.Tests.Fixtures;
using Pcie.Trace;

namespace Pcie.DriverModel.Tests.Kernel;

/// <summary>WDK, Queued Spin Locks: who waits for a lock spins at DISPATCH_LEVEL, and locks are given in the order of asking.</summary>
public sealed class SpinLockTests
{
    private readonly Machine machine = new(Machine.Quiet with { Processors = 4 });
    private readonly QueuedSpinLock held;

    public SpinLockTests() => held = machine.Kernel.SpinLock("lock");

    [Fact]
    public void ADpcSpinsUntilTheThreadOnAnotherProcessorLetsTheLockGo()
    {
        var thread = machine.Raised("thread", 10_000, spinLock: held);
        machine.At(1_000, () => machine[1].Raise(thread));
        var dpc = machine.Dpc("dpc", 500);
        dpc.Lock = held;
        machine.QueueAt(2_000, dpc);
        machine.QueueAt(2_100, machine.Dpc("behind", 500));
        machine.RunTo(100_000);
        Assert.Equal((2_000, 11_500, 9_500), (machine.Span("dpc").Begin, machine.Span("dpc").End, machine.Span("dpc").Exclusive));
        Assert.Equal(11_500, machine.Span("behind").Begin);
        Assert.Equal([(2_000, TraceKind.SpinBegin), (11_000, TraceKind.SpinEnd)], Spins("dpc"));
        Assert.Equal(1, held.Contended);
    }

    [Fact]
    public void TheLockIsGivenInTheOrderOfAsking()
    {
        long[] asked = [1_000, 4_000, 3_000, 2_000];
        for (var p = 0; p < 4; p++)
        {
            var dpc = machine.Dpc($"{p}", 10_000);
            dpc.Lock = held;
            machine.QueueAt(asked[p], dpc, p);
        }
        machine.RunTo(100_000);
        Assert.Equal([11_000, 41_000, 31_000, 21_000], Enumerable.Range(0, 4).Select(p => machine.Span($"{p}").End));
    }

    [Fact]
    public void AnIsrOnTopOfASpinningDpcEndsBeforeTheDpcGoesOnWithTheLock()
    {
        var (holder, dpc) = (machine.Dpc("holder", 10_000), machine.Dpc("dpc", 500));
        (holder.Lock, dpc.Lock) = (held, held);
        machine.QueueAt(1_000, holder, 1);
        machine.QueueAt(2_000, dpc);
        machine.RequestAt(10_900, machine.Interrupt("isr", 0x50, 300));
        machine.RunTo(100_000);
        Assert.Equal((10_900, 11_700), (machine.Span("isr").Begin, machine.Span("dpc").End));
        Assert.Equal([2_000, 11_000], Spins("dpc").Select(s => s.Time));
    }

    [Fact]
    public void AnIsrOnTopOfTheHolderKeepsTheOtherSpinningForLonger()
    {
        var (holder, dpc) = (machine.Dpc("holder", 10_000), machine.Dpc("dpc", 500));
        (holder.Lock, dpc.Lock) = (held, held);
        machine.QueueAt(1_000, holder, 1);
        machine.QueueAt(2_000, dpc);
        machine.RequestAt(5_000, machine.Interrupt("isr", 0x50, 3_000), 1);
        machine.RunTo(100_000);
        Assert.Equal(14_500, machine.Span("dpc").End);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(400)]
    public void CodeBeginsWhenItsDpcHasTheLock(long dispatch)
    {
        var machine = new Machine(Machine.Quiet with { DpcDispatch = new(dispatch) });
        var held = machine.Kernel.SpinLock("lock");
        var holder = machine.Dpc("holder", 10_000);
        var began = 0L;
        var dpc = machine.Dpc("dpc", async () =>
        {
            began = machine.Timeline.Now.Nanoseconds;
            await machine.Work(500);
        });
        (holder.Lock, dpc.Lock) = (held, held);
        machine.QueueAt(1_000, holder, 1);
        machine.QueueAt(2_000, dpc);
        machine.RunTo(100_000);
        Assert.Equal((2_000 + dispatch, 11_000, 11_500), (machine.Span("dpc").Begin, began, machine.Span("dpc").End));
    }

    [Fact]
    public void AFreeLockCostsNothing()
    {
        var dpc = machine.Dpc("dpc", 500);
        dpc.Lock = held;
        machine.QueueAt(1_000, dpc);
        machine.QueueAt(2_000, dpc);
        machine.RunTo(100_000);
        Assert.Equal([1_000, 2_000], machine.Begins("dpc"));
        Assert.Equal((0, 0), (held.Contended, Spins("dpc").Length));
    }

    private (long Time, TraceKind Kind)[] Spins(string name) =>
        [.. machine.Trace.Where(e => e.Kind is TraceKind.SpinBegin or TraceKind.SpinEnd && machine.Tracer.Sources[(int)e.Source].Name == name)
            .Select(e => (e.Time.Nanoseconds, e.Kind))];
}
