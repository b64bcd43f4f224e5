using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.DriverModel.Kernel;

/// <summary>
/// A thread of another driver that now and then raises its IRQL: KeRaiseIrql, or a spin lock that it takes. Until it lowers it again no
/// DPC runs on its processor, and an interrupt only above its level. No ISR or DPC event of a real trace shows it.
/// </summary>
/// <remarks>It belongs to one processor: there is one for each that its source uses.</remarks>
public sealed class RaisedThread(string name, uint source, byte irql, Func<Duration> duration)
{
    public RaisedThread(string name, uint source, byte irql, Distribution duration, RandomStream random)
        : this(name, source, irql, () => duration.Draw(random))
    {
    }

    public string Name => name;

    /// <summary>Its number in the trace.</summary>
    public uint Source => source;

    /// <summary>The level that it raises to: DISPATCH_LEVEL or above.</summary>
    public byte Irql => irql;

    /// <summary>The lock that it holds while raised; null for none. Of a thread at DISPATCH_LEVEL only.</summary>
    public QueuedSpinLock? Lock { get; init; }

    /// <summary>Times that it has been at its level.</summary>
    public long Runs { get; internal set; }

    /// <summary>Times that it has still to raise its level.</summary>
    internal int Waiting { get; set; }
    internal RaisedThread? Next { get; set; }
    internal Duration NextDuration() => duration();
}
