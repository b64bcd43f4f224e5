using Pcie.DriverModel.Kernel;
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

    [Keys]
    public HeldLock Lock { get; init; } = new();

    internal override void Check(ScenarioTable table)
    {
        base.Check(table);
        table.Only("lock", RaisedIrql == Irql.Dispatch, "a spin lock is held at DISPATCH_LEVEL; leave out raised-irql");
    }

    internal override InterferenceActivity Connect(ModelledKernel kernel, uint source, Func<string, RandomStream> random)
    {
        var spinLock = Lock.In(kernel);
        return new Activity(InTurn(kernel, processor =>
        {
            // Each occurs as often as it is told to, sooner or later, so that a stream of its own gives it the same draws whatever delays it.
            var own = new DrawnDurations(Raised, random($"thread.{processor.Number}"));
            return (processor, new RaisedThread(Name, source, RaisedIrql, own) { Lock = spinLock });
        }));
    }

    private sealed class Activity(Turn<(Processor On, RaisedThread Thread)> threads) : InterferenceActivity
    {
        public override void Fire()
        {
            var (on, thread) = threads.Next();
            on.Raise(thread);
        }
    }
}
