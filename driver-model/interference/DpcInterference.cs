using Pcie.DriverModel.Kernel;
using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.Randomness;
using Pcie.Scenario;

namespace Pcie.DriverModel.Interference;

/// <summary>A driver that queues its DPC without an interrupt, as from a thread.</summary>
public sealed record DpcInterference : ProcessorInterference
{
    [Keys]
    public required QueuedDpc Dpc { get; init; }

    internal override void Check(ScenarioTable table)
    {
        base.Check(table);
        Dpc.Check(table);
    }

    internal override InterferenceActivity Connect(ModelledKernel kernel, uint source, Func<string, RandomStream> random) =>
        new Activity(Dpc.CreateDpc(Dpc.Duration, Name, kernel, source, random), InTurn(kernel));

    private sealed class Activity(Dpc dpc, Turn<Processor> processors) : InterferenceActivity
    {
        public override void Fire(bool isLast) => processors.Next().InsertQueueDpc(dpc);
    }
}
