using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Kernel.Interrupts;
using Pcie.DriverModel.Kernel.Options;
using Pcie.DriverModel.Tests.Fixtures;
using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.DriverModel.Tests.Kernel;

/// <summary>Linux' rules (kernel/softirq.c): interrupts that do not nest, rounds of softirqs, and what is left to ksoftirqd.</summary>
public sealed class SoftirqTests
{
    private const byte Low = 0x31, High = 0x91;
    private const long KsoftirqdWait = 7_000;

    private readonly Machine machine = new(Machine.Quiet with
    {
        Kernel = KernelKind.Linux, KsoftirqdWait = Distribution.Fixed(new Duration(KsoftirqdWait)),
    });

    [Theory]
    [InlineData(KernelKind.Linux, 1_100)]
    [InlineData(KernelKind.Windows, 600)]
    public void AHandlerIsNotInterruptedByAHigherVector(KernelKind kernel, long begins)
    {
        var m = new Machine(Machine.Quiet with { Kernel = kernel });
        m.RequestAt(100, m.Interrupt("low", Low, 1_000));
        m.RequestAt(600, m.Interrupt("high", High, 10));
        m.RunTo(10_000);
        Assert.Equal(begins, m.Span("high").Begin);
    }

    [Fact]
    public void OfWaitingVectorsTheHighestIsFirst()
    {
        machine.RequestAt(100, machine.Interrupt("first", 0x51, 1_000));
        machine.RequestAt(200, machine.Interrupt("low", Low, 10));
        machine.RequestAt(300, machine.Interrupt("high", High, 10));
        machine.RunTo(10_000);
        Assert.Equal(["first", "high", "low"], machine.Order);
    }

    [Fact]
    public void WhatIsPendingIsServedInRisingOrder()
    {
        var handler = machine.Interrupt("handler", Low, async () =>
        {
            foreach (var softirq in (Softirq[])[Softirq.Rcu, Softirq.NetRx, Softirq.Tasklet, Softirq.Hi, Softirq.Block])
                machine.Queue(OfSoftirq(softirq, 10));
            await machine.Work(100);
        });
        machine.RequestAt(100, handler);
        machine.RunTo(10_000);
        Assert.Equal(["handler", "Hi", "NetRx", "Block", "Tasklet", "Rcu"], machine.Order);
        Assert.Equal(200, machine.Span("Hi").Begin);
    }

    [Fact]
    public void WhatIsRaisedDuringARoundIsOfTheNext()
    {
        machine.QueueAt(100, OfSoftirq(Softirq.Block, 1_000));
        machine.RequestAt(200, machine.Interrupt("handler", Low, 10, OfSoftirq(Softirq.NetRx, 10)));
        machine.RequestAt(300, machine.Interrupt("other", High, 10, OfSoftirq(Softirq.Hi, 10)));
        machine.RunTo(10_000);
        Assert.Equal(["Block", "handler", "other", "Hi", "NetRx"], machine.Order);

        var m = new SoftirqTests().machine;
        m.RequestAt(100, m.Interrupt("both", Low, async () =>
        {
            m.Queue(OfSoftirq(m, Softirq.Block, 1_000));
            m.Queue(OfSoftirq(m, Softirq.Rcu, 10));
            await m.Work(10);
        }));
        m.RequestAt(500, m.Interrupt("handler", High, 10, OfSoftirq(m, Softirq.NetRx, 10)));
        m.RunTo(10_000);
        Assert.Equal(["both", "Block", "handler", "Rcu", "NetRx"], m.Order);
    }

    [Theory]
    [InlineData(true, new[] { "NetRx", "handler", "own", "card", "Rcu" })]
    [InlineData(false, new[] { "NetRx", "handler", "Rcu", "card" })]
    public void ATaskletJoinsThoseOfTheRoundIfItHasOneToCome(bool hasOne, string[] order)
    {
        machine.At(100, () =>
        {
            machine.Raise(() =>
            {
                machine.Queue(OfSoftirq(Softirq.NetRx, 1_000));
                if (hasOne) machine.Queue(machine.Dpc("own", 10));
                machine.Queue(OfSoftirq(Softirq.Rcu, 10));
            });
        });
        machine.RequestAt(500, machine.Interrupt("handler", Low, 10, machine.Dpc("card", 10)));
        machine.RunTo(10_000);
        Assert.Equal(order, machine.Order.Where(name => name != "thread"));
    }

    [Fact]
    public void ATaskletOfHighImportanceIsServedFirst()
    {
        machine.At(100, () => machine.Raise(() =>
        {
            machine.Queue(OfSoftirq(Softirq.Timer, 10));
            machine.Queue(machine.Dpc("high", 10, DpcImportance.High));
        }));
        machine.RunTo(10_000);
        Assert.Equal(["high", "Timer"], machine.Order.Where(name => name != "thread"));
    }

    [Fact]
    public void AfterTenRoundsTheRestIsLeftToKsoftirqd()
    {
        Dpc again = null!;
        again = machine.Dpc("again", async () =>
        {
            machine.Queue(again);
            await machine.Work(100);
        });
        machine.QueueAt(1_000, again);
        machine.RunTo(1_000 + 10 * 100 + KsoftirqdWait + 100);
        Assert.Equal([.. Enumerable.Range(0, 10).Select(i => 1_000L + 100 * i), 2_000 + KsoftirqdWait], machine.Begins("again"));
    }

    [Fact]
    public void AfterTwoMillisecondsTheRestIsLeftToKsoftirqd()
    {
        machine.QueueAt(0, OfSoftirq(Softirq.NetRx, 2_000_000));
        machine.RequestAt(1_000_000, machine.Interrupt("handler", Low, 0, machine.Dpc("card", 10)));
        machine.RunTo(5_000_000);
        Assert.Equal(2_000_000 + KsoftirqdWait, machine.Span("card").Begin);
    }

    [Fact]
    public void TheEndOfAnInterruptServesWhatWasLeft()
    {
        machine.QueueAt(0, OfSoftirq(Softirq.NetRx, 2_000_000));
        machine.RequestAt(1_000_000, machine.Interrupt("handler", Low, 0, machine.Dpc("card", 10)));
        machine.RequestAt(2_001_000, machine.Interrupt("other", High, 500));
        machine.RunTo(5_000_000);
        Assert.Equal(2_001_500, machine.Span("card").Begin);
    }

    [Fact]
    public void AThreadGoesOnWhileKsoftirqdWaits()
    {
        machine[0].AddThreadWork(new(2_004_000));
        machine.QueueAt(0, OfSoftirq(Softirq.NetRx, 2_000_000));
        machine.RequestAt(1_000_000, machine.Interrupt("handler", Low, 0, machine.Dpc("card", 1_000)));
        machine.RunTo(2_000_000 + KsoftirqdWait - 1);
        Assert.Equal(Irql.Passive, machine[0].CurrentIrql);
        machine.RunTo(2_000_000 + KsoftirqdWait);
        Assert.Equal(Irql.Dispatch, machine[0].CurrentIrql);
    }

    [Fact]
    public void NoWatchdogHaltsTheMachine()
    {
        machine.QueueAt(0, OfSoftirq(Softirq.NetRx, 300_000_000_000));
        machine.RunTo(200_000_000_000);
        Assert.Null(machine.Kernel.BugCheck);
        Assert.Equal(0, machine.Kernel.DpcWatchdogViolations);
    }

    [Fact]
    public void ASoftirqThatIsPendingIsRaisedOnce()
    {
        var dpc = OfSoftirq(Softirq.NetRx, 10);
        machine.At(100, () => machine.Raise(() =>
        {
            Assert.True(machine.Queue(dpc));
            Assert.False(machine.Queue(dpc));
        }));
        machine.RunTo(10_000);
        Assert.Equal((1, 1), (dpc.Runs, dpc.Coalesced));
    }

    private Dpc OfSoftirq(Softirq softirq, long duration) => OfSoftirq(machine, softirq, duration);

    private static Dpc OfSoftirq(Machine on, Softirq softirq, long duration) => on.Dpc(softirq, duration);
}
