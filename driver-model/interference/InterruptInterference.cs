using Pcie.DriverModel.Kernel;
using Pcie.DriverModel.Kernel.Durations;
using Pcie.DriverModel.Kernel.Interrupts;
using Pcie.Randomness;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.DriverModel.Interference;

/// <summary>A device that interrupts, with its driver.</summary>
public sealed record InterruptInterference : ProcessorInterference
{
    [Key("isr", "How long its ISR takes. Without one, its DPC is queued at each occurrence, as by a thread.")]
    public required Distribution Isr { get; init; }

    [Key("irql", "Device IRQL of its interrupt; any free vector's if left out. Only with an isr.", Min = 3, Max = 12,
        Elsewhere = "only a source with an isr has an IRQL")]
    public byte? Irql { get; init; }

    /// <summary>Of the priority class of <see cref="Irql"/>; null for any free one.</summary>
    public byte? Vector { get; init; }

    /// <summary>What its ISR queues at its end; null for nothing.</summary>
    [Keys]
    public QueuedDpc? Dpc { get; init; }

    internal override int Vectors => 1;

    internal override void Check(ScenarioTable table)
    {
        base.Check(table);
        Dpc?.Check(table);
    }

    internal override InterferenceActivity Connect(ModelledKernel kernel, uint source, Func<string, RandomStream> random)
    {
        var dpc = Dpc?.CreateDpc(Dpc.Duration, Name, kernel, source, random);
        var vector = Vector ?? kernel.Interrupts.FindFreeVectors(1)
            ?? throw new InvalidOperationException($"No interrupt vector is left for {Name}.");
        var activity = new Activity(new DrawnDurations(Isr, random("isr")), InTurn(kernel));
        activity.Interrupt = new Interrupt(Name, source, activity, dpc);
        kernel.Interrupts.Connect(activity.Interrupt, vector);
        return activity;
    }

    private sealed class Activity(DrawnDurations durations, Turn<Processor> processors) : InterferenceActivity, IDurations
    {
        public Interrupt? Interrupt { get; set; }

        public override bool GoesOnWhileStopped => true;

        public override void Fire(bool isLast)
        {
            if (isLast) processors.Next().RequestLast(Interrupt!);
            else processors.Next().Request(Interrupt!);
        }

        public Duration ForRequest() => durations.ForRequest();

        public Duration ForRun(int processor, Duration requested)
        {
            Begun?.Invoke(requested);
            return requested;
        }
    }
}
