using Pcie.DriverModel.Kernel.Durations;
using Pcie.Time;

namespace Pcie.DriverModel.Kernel.Threads;

/// <summary>
/// A thread of another driver that now and then raises its IRQL: KeRaiseIrql, or a spin lock that the thread takes. Until the thread lowers its
/// IRQL again no DPC runs on its processor, and an interrupt only above its level. No ISR or DPC event of a real trace shows such a thread.
/// </summary>
/// <remarks>A thread belongs to one processor: there is one for each that its source uses.</remarks>
/// <param name="durations">How long it stays raised; both questions are asked when it has raised its level.</param>
public sealed class RaisedThread(string name, uint source, byte irql, IDurations durations)
{
    public string Name => name;

    /// <summary>Its number in the trace.</summary>
    public uint Source => source;

    /// <summary>The level that it raises to: DISPATCH_LEVEL or above.</summary>
    public byte Irql => irql;

    /// <summary>The lock that it holds while raised; null for none. Of a thread at DISPATCH_LEVEL only.</summary>
    public QueuedSpinLock? Lock { get; init; }

    /// <summary>What it does when it has raised its IRQL; null for nothing.</summary>
    public IRaisedRoutine? Routine { get; init; }

    /// <summary>Times that it has been at its level.</summary>
    public long Runs { get; internal set; }

    /// <summary>Times that it has still to raise its level.</summary>
    internal int Waiting { get; set; }

    internal RaisedThread? Next { get; set; }

    internal Duration NextDuration(int processor) => durations.ForRun(processor, durations.ForRequest());
}
