using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Kernel.Durations;
using Pcie.Time;

namespace Pcie.DriverModel.Kernel.Interrupts;

/// <summary>KINTERRUPT: what is behind an interrupt vector.</summary>
public sealed class Interrupt
{
    private readonly IDurations? durations;

    /// <summary>An interrupt of the driver under study, with code.</summary>
    public Interrupt(string name, uint source, IInterruptService service) => (Name, Source, Service) = (name, source, service);

    /// <summary>Another driver's interrupt: an ISR with durations and no code, and perhaps a DPC that it queues at its end.</summary>
    public Interrupt(string name, uint source, IDurations durations, Dpc? dpc = null) =>
        (Name, Source, this.durations, Dpc) = (name, source, durations, dpc);

    public string Name { get; }

    /// <summary>Its number in the trace.</summary>
    public uint Source { get; }

    /// <summary>Its entry in the interrupt descriptor table, once it is connected.</summary>
    public byte Vector { get; internal set; }

    public byte Irql => Interrupts.Irql.OfVector(Vector);

    /// <summary>ISR runs begun.</summary>
    public long Runs { get; internal set; }

    /// <summary>Messages that found the vector requested already: one bit remembers any number (Intel SDM 3A, 10.8.4).</summary>
    public long Collapsed { get; internal set; }

    internal IInterruptService? Service { get; }
    internal Dpc? Dpc { get; }

    /// <summary>
    /// What one message brings, for its ISR and for the DPC of that: <see cref="IDurations.ForRequest"/>.
    /// </summary>
    internal InterruptWork ForRequest() => durations is null ? default : new(durations.ForRequest(), Dpc?.ForRequest() ?? Duration.Zero);

    /// <summary>How long the ISR takes that begins; of an interrupt without code.</summary>
    internal Duration ForRun(int processor, Duration requested) => durations!.ForRun(processor, requested);
}
