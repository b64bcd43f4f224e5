using Pcie.DriverModel.Kernel;
using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Kernel.Durations;
using Pcie.DriverModel.Kernel.Interrupts;
using Pcie.DriverModel.Kernel.Threads;
using Pcie.Randomness;
using Pcie.Scenario;

namespace Pcie.DriverModel.Interference;

/// <summary>A driver's thread that raises its IRQL.</summary>
public sealed record RaisedInterference : ProcessorInterference
{
    [Key("raised", "How long a thread stays at raised IRQL: no DPC runs on its processor meanwhile, and nothing of a real trace shows why. Only "
        + "for a source of nothing else.")]
    public required Distribution Raised { get; init; }

    [Key("raised-irql", "The IRQL of that thread, DISPATCH_LEVEL or a device's. Only with a raised.", Min = Irql.Dispatch, Max = 12,
        Elsewhere = "only a source with a raised has one")]
    public byte RaisedIrql { get; init; } = Irql.Dispatch;

    [Key("queues", "How long the DPC takes that this thread queues when it has raised its IRQL, for its own processor: it runs when the thread has "
        + "lowered it. None if left out. Only with a raised.", Elsewhere = "only a source with a raised has one; others have a dpc")]
    public Distribution? Queues { get; init; }

    [Keys]
    public OwnSoftirq OwnSoftirq { get; init; } = new();

    [Keys]
    public HeldLock Lock { get; init; } = new();

    internal override void Check(ScenarioTable table)
    {
        base.Check(table);
        table.Only("softirq", Queues is not null, "this source queues no DPC; leave it out, or give queues");
        table.Only("lock", RaisedIrql == Irql.Dispatch, "a spin lock is held at DISPATCH_LEVEL; leave out raised-irql");
    }

    internal override InterferenceActivity Connect(ModelledKernel kernel, uint source, Func<string, RandomStream> random)
    {
        var spinLock = Lock.In(kernel);
        return new Activity(InTurn(kernel, processor =>
        {
            // Each occurs as often as it is told to, sooner or later, so that a stream of its own gives it the same draws whatever delays it.
            var own = new DrawnDurations(Raised, random($"thread.{processor.Number}"));
            var queueing = Queues is null ? null
                : new Queueing(processor, new Dpc(Name, source, new DrawnDurations(Queues, random($"dpc.{processor.Number}")),
                    OwnSoftirq.Number));
            return (processor, new RaisedThread(Name, source, RaisedIrql, own) { Lock = spinLock, Routine = queueing });
        }));
    }

    // At DISPATCH_LEVEL or above: it waits until the level falls.
    private sealed class Queueing(Processor on, Dpc dpc) : IRaisedRoutine
    {
        public void Raised() => on.InsertQueueDpc(dpc);
    }

    private sealed class Activity(Turn<(Processor On, RaisedThread Thread)> threads) : InterferenceActivity
    {
        public override void Fire(bool isLast)
        {
            var (on, thread) = threads.Next();
            on.Raise(thread);
        }
    }
}
