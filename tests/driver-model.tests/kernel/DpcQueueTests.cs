using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Tests.Fixtures;
using static Pcie.DriverModel.Kernel.Dpcs.DpcImportance;

namespace Pcie.DriverModel.Tests.Kernel;

/// <summary>
/// The table of KeInsertQueueDpc, row by row. Processor 0 is the one whose queue it is; it has a thread to run, unless it is
/// idle.
/// </summary>
public sealed class DpcQueueTests
{
    private const long Busy = 100_000_000;
    private readonly Machine machine = new();

    [Theory]
    [InlineData(Low, false)]
    [InlineData(Medium, true)]
    [InlineData(MediumHigh, true)]
    [InlineData(High, true)]
    public void TheCurrentProcessorIsToldUnlessTheImportanceIsLow(DpcImportance importance, bool told)
    {
        machine[0].AddThreadWork(new(Busy));
        machine.QueueAt(1_000, machine.Dpc("dpc", 10, importance));
        machine.RunTo(2 * Busy);
        Assert.Equal(told ? 1_000 : Busy, machine.Span("dpc").Begin);
    }

    [Fact]
    public void LowIsServedAtOnceWhileDpcsAreRare()
    {
        var m = new Machine(Machine.Quiet with { MinimumDpcRate = 1 });
        m[0].AddThreadWork(new(Busy));
        m.QueueAt(1_000, m.Dpc("dpc", 10, Low));
        m.RunTo(Busy);
        Assert.Equal(1_000, m.Span("dpc").Begin);
    }

    [Theory]
    [InlineData(Low, 0)]
    [InlineData(Low, 1)]
    [InlineData(Medium, 1)]
    public void TheDpcThatFillsTheQueueToItsLimitMakesItServed(DpcImportance importance, int from)
    {
        machine[0].AddThreadWork(new(Busy));
        for (var i = 1; i <= 4; i++) machine.QueueAt(1_000 * i, machine.Dpc($"{i}", 10, importance, target: 0), from);
        machine.RunTo(3_999);
        Assert.Equal((3, 0), (machine[0].DpcQueueDepth, machine[0].DpcsRun));
        machine.RunTo(10_000);
        Assert.Equal(["1", "2", "3", "4"], machine.Order);
        Assert.Equal(from == 0 ? 4_000 : 5_000, machine.Begins("1")[0]);
    }

    [Theory]
    [InlineData(Low, false)]
    [InlineData(Medium, false)]
    [InlineData(MediumHigh, true)]
    [InlineData(High, true)]
    public void AnotherProcessorIsToldOnlyOfHighImportances(DpcImportance importance, bool told)
    {
        machine[0].AddThreadWork(new(Busy));
        machine.QueueAt(1_000, machine.Dpc("dpc", 10, importance, target: 0), 1);
        machine.RunTo(2 * Busy);
        // An interrupt takes IpiLatency to get there; otherwise the idle loop finds the entry once the thread has ended.
        Assert.Equal((0, told ? 2_000 : Busy), (machine.Span("dpc").Processor, machine.Span("dpc").Begin));
    }

    [Theory]
    [InlineData(Low, false, false)]
    [InlineData(Medium, false, false)]
    [InlineData(MediumHigh, false, true)]
    [InlineData(High, false, true)]
    [InlineData(Low, true, true)]
    [InlineData(Medium, true, true)]
    [InlineData(High, true, true)]
    public void AnIdleProcessorFindsTheEntryIfItPolls(DpcImportance importance, bool polls, bool served)
    {
        var m = new Machine(Machine.Quiet with { IdlePolls = polls });
        m.QueueAt(1_000, m.Dpc("dpc", 10, importance, target: 0), 1);
        m.RunTo(100_000);
        Assert.Equal(served ? 1 : 0, m[0].DpcsRun);
    }

    [Theory]
    [InlineData(Low)]
    [InlineData(Medium)]
    public void AnIdleProcessorLooksAtItsQueueAfterEveryInterrupt(DpcImportance importance)
    {
        machine.QueueAt(1_000, machine.Dpc("dpc", 10, importance, target: 0), 1);
        machine.RequestAt(5_000, machine.Interrupt("isr", 0x50, 100));
        machine.RunTo(100_000);
        Assert.Equal(5_100, machine.Span("dpc").Begin);
    }

    [Fact]
    public void AnIdleProcessorServesItsOwnLowAtOnce()
    {
        machine.QueueAt(1_000, machine.Dpc("dpc", 10, Low));
        machine.RunTo(100_000);
        Assert.Equal(1_000, machine.Span("dpc").Begin);
    }

    [Fact]
    public void ARunningDrainPicksUpWhatNobodyWasToldOf()
    {
        machine[0].AddThreadWork(new(Busy));
        machine.QueueAt(1_000, machine.Dpc("running", 10_000));
        machine.QueueAt(2_000, machine.Dpc("low", 10, Low));
        machine.QueueAt(3_000, machine.Dpc("remote", 10, Medium, target: 0), 1);
        machine.RunTo(100_000);
        Assert.Equal((11_000, 11_010), (machine.Span("low").Begin, machine.Span("remote").Begin));
    }

    [Fact]
    public void HighGoesToTheHeadAndIsLastInFirstOutAmongHighs()
    {
        machine.RequestAt(1_000, machine.Interrupt("isr", 0x50, 10_000));
        var time = 2_000;
        foreach (var (name, importance) in new[] { ("M1", Medium), ("H1", High), ("L1", Low), ("MH1", MediumHigh), ("H2", High),
            ("M2", Medium) })
            machine.QueueAt(time++, machine.Dpc(name, 100, importance));
        machine.RunTo(100_000);
        Assert.Equal(["isr", "H2", "H1", "M1", "L1", "MH1", "M2"], machine.Order);
    }

    [Fact]
    public void HighDoesNotPreemptARunningDpc()
    {
        machine.QueueAt(1_000, machine.Dpc("running", 10_000));
        machine.QueueAt(2_000, machine.Dpc("medium", 10));
        machine.QueueAt(3_000, machine.Dpc("high", 10, High));
        machine.RunTo(100_000);
        Assert.Equal(["running", "high", "medium"], machine.Order);
        Assert.Equal(11_000, machine.Span("high").Begin);
    }

    [Fact]
    public void QueueingAQueuedDpcIsFalseAndDoesNothingElse()
    {
        machine[0].AddThreadWork(new(Busy));
        var dpc = machine.Dpc("dpc", 10, Low);
        Assert.True(machine.Queue(dpc));
        // The test is on the object, not on a processor's queue.
        Assert.False(machine.Queue(dpc, 0));
        Assert.False(machine.Queue(dpc, 1));
        machine.RunTo(2 * Busy);
        Assert.Equal((1, 2, 1, 0), (dpc.Queued, dpc.Coalesced, dpc.Runs, machine[0].DpcQueueDepth));
    }

    [Fact]
    public void ADpcIsUnlinkedBeforeItsRoutineIsCalledAndCanQueueItselfOnce()
    {
        Dpc dpc = null!;
        var answers = new List<bool>();
        dpc = machine.Dpc("dpc", async () =>
        {
            await machine.Work(1_000);
            if (dpc.Runs > 1) return;
            answers.Add(machine.Kernel.Current.InsertQueueDpc(dpc));
            answers.Add(machine.Kernel.Current.InsertQueueDpc(dpc));
            await machine.Work(1_000);
        });
        machine.QueueAt(1_000, dpc);
        machine.RunTo(100_000);
        Assert.Equal([true, false], answers);
        Assert.Equal([1_000, 3_000], machine.Begins("dpc"));
    }

    [Fact]
    public void ADpcQueuedWhileItRunsCanRunOnTwoProcessorsAtOnce()
    {
        var dpc = machine.Dpc("dpc", 10_000);
        machine.QueueAt(1_000, dpc, 0);
        machine.QueueAt(4_000, dpc, 1);
        machine.RunTo(100_000);
        var spans = Spans.Of(machine);
        Assert.Equal([(0, 1_000L, 11_000L), (1, 4_000L, 14_000L)], spans.Select(s => (s.Processor, s.Begin, s.End)));
    }

    [Fact]
    public void TargetAndImportanceSetAfterQueueingTakeEffectAtTheNext()
    {
        machine[0].AddThreadWork(new(Busy));
        var dpc = machine.Dpc("dpc", 10, Low, target: 0);
        machine.QueueAt(1_000, dpc);
        machine.At(2_000, () => (dpc.Target, dpc.Importance) = (1, High));
        machine.QueueAt(Busy + 1_000, dpc);
        machine.RunTo(2 * Busy);
        Assert.Equal([(0, Busy), (1, Busy + 2_000)], Spans.Of(machine).Select(s => (s.Processor, s.Begin)));
    }

    [Fact]
    public void ARemovedDpcDoesNotRun()
    {
        machine[0].AddThreadWork(new(Busy));
        var dpcs = Enumerable.Range(0, 3).Select(i => machine.Dpc($"{i}", 10, Low)).ToArray();
        foreach (var dpc in dpcs) machine.Queue(dpc);
        Assert.True(machine.Kernel.RemoveQueueDpc(dpcs[2]));
        Assert.True(machine.Kernel.RemoveQueueDpc(dpcs[0]));
        Assert.False(machine.Kernel.RemoveQueueDpc(dpcs[0]));
        // What is removed can be queued again, at the tail.
        Assert.True(machine.Queue(dpcs[0]));
        machine.RunTo(2 * Busy);
        Assert.Equal(["1", "0"], machine.Order);
    }

    [Fact]
    public void ARunningDpcCannotBeRemoved()
    {
        var dpc = machine.Dpc("dpc", 10_000);
        machine.Queue(dpc);
        machine.RunTo(5_000);
        Assert.False(machine.Kernel.RemoveQueueDpc(dpc));
        machine.RunTo(20_000);
        Assert.Equal(10_000, machine.Span("dpc").End);
    }
}
