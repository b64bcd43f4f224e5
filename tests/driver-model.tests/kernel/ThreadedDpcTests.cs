using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Tests.Fixtures;
using Pcie.Trace;

namespace Pcie.DriverModel.Tests.Kernel;

/// <summary>WDK, Introduction to Threaded DPCs: a thread runs them at PASSIVE_LEVEL, and ordinary DPCs preempt them.</summary>
public sealed class ThreadedDpcTests
{
    private readonly Machine machine = new();

    [Fact]
    public void AnOrdinaryDpcPreemptsAThreadedOne()
    {
        machine.QueueAt(1_000, Threaded("threaded", 10_000));
        machine.QueueAt(2_000, machine.Dpc("ordinary", 500));
        machine.RunTo(100_000);
        Assert.Equal([(1_000L, "threaded", 2L), (2_000, "ordinary", 0), (2_500, "ordinary", -1), (11_500, "threaded", -1)], Events());
    }

    [Fact]
    public void AThreadedDpcDoesNotPreemptAThreadedOneAndHighOnesComeFirst()
    {
        machine.QueueAt(1_000, Threaded("running", 10_000));
        machine.QueueAt(2_000, Threaded("medium", 500));
        machine.QueueAt(3_000, Threaded("high", 500, DpcImportance.High));
        machine.RunTo(100_000);
        Assert.Equal(["running", "high", "medium"], Begins());
    }

    [Fact]
    public void AThreadedDpcComesBeforeOtherThreadsAndAfterADrainThatRuns()
    {
        machine.QueueAt(1_000, machine.Dpc("ordinary", 5_000));
        machine.At(1_100, () => machine[0].Raise(machine.Raised("thread", 1_000)));
        machine.QueueAt(2_000, Threaded("threaded", 500, DpcImportance.High));
        machine.QueueAt(3_000, machine.Dpc("second", 500));
        machine.RunTo(100_000);
        Assert.Equal(["ordinary", "second", "threaded"], Begins());
        Assert.Equal(7_000, Assert.Single(machine.Trace, e => e.Kind == TraceKind.RaisedIrqlBegin).Time.Nanoseconds);
    }

    [Fact]
    public void AnotherProcessorHearsOfItWhateverItsImportance()
    {
        machine.QueueAt(1_000, Threaded("threaded", 500, DpcImportance.Low, target: 1));
        machine.RunTo(100_000);
        Assert.Equal((1, 2_000), (machine.Span("threaded").Processor, machine.Span("threaded").Begin));
    }

    [Fact]
    public void SwitchedOffTheyAreOrdinaryDpcs()
    {
        var machine = new Machine(Machine.Quiet with { ThreadedDpcs = false });
        machine.QueueAt(1_000, machine.Dpc("threaded", 10_000, threaded: true));
        machine.QueueAt(2_000, machine.Dpc("ordinary", 500));
        machine.RunTo(100_000);
        Assert.Equal(11_000, machine.Span("ordinary").Begin);
    }

    private Dpc Threaded(string name, long duration, DpcImportance importance = DpcImportance.Medium, int? target = null) =>
        machine.Dpc(name, duration, importance, target, threaded: true);

    private string[] Begins() => [.. Events().Where(e => e.Way >= 0).Select(e => e.Name)];

    // The way of a beginning; -1 for an end.
    private (long Time, string Name, long Way)[] Events() =>
        [.. machine.Trace.Where(e => e.Kind is TraceKind.DpcBegin or TraceKind.DpcEnd)
            .Select(e => (e.Time.Nanoseconds, machine.Tracer.Sources[(int)e.Source].Name, e.Kind == TraceKind.DpcBegin ? e.B : -1))];
}
