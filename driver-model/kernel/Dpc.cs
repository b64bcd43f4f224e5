using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.DriverModel.Kernel;

/// <summary>
/// KDPC: a deferred procedure call. It is queued at most once at a time, whatever asked for it and however often; it is unlinked before
/// its routine is called, so that it can be queued again while it runs.
/// </summary>
public sealed class Dpc
{
    private readonly Distribution? duration;
    private readonly RandomStream? random;
    private readonly Func<Duration>? asked;

    /// <summary>A DPC of the driver under study, with code.</summary>
    public Dpc(string name, uint source, IDpcRoutine routine)
    {
        Name = name;
        Source = source;
        Routine = routine;
    }

    /// <summary>Another driver's DPC: a duration and no code.</summary>
    public Dpc(string name, uint source, Distribution duration, RandomStream random)
    {
        Name = name;
        Source = source;
        this.duration = duration;
        this.random = random;
    }

    /// <summary>Another driver's DPC whose durations are not drawn, but asked for when it begins.</summary>
    public Dpc(string name, uint source, Func<Duration> duration)
    {
        Name = name;
        Source = source;
        asked = duration;
    }

    public string Name { get; }

    /// <summary>Its number in the trace.</summary>
    public uint Source { get; }

    /// <summary>Has no effect on a DPC that is queued already (KeSetImportanceDpc).</summary>
    public DpcImportance Importance { get; set; } = DpcImportance.Medium;

    /// <summary>The processor whose queue it goes to; null for the one that queues it. No effect while queued (KeSetTargetProcessorDpc).</summary>
    public Processor? Target { get; set; }

    /// <summary>KeInitializeThreadedDpc: a thread runs it at PASSIVE_LEVEL, unless <see cref="KernelOptions.ThreadedDpcs"/> is off.</summary>
    public bool IsThreaded { get; init; }

    /// <summary>The spin lock that its routine takes at the beginning and holds to its end; null for none.</summary>
    public QueuedSpinLock? Lock { get; set; }

    /// <summary>Whether it is in a queue. A routine that runs is not in a queue.</summary>
    public bool IsQueued { get; internal set; }

    /// <summary>KeInsertQueueDpc calls that returned TRUE.</summary>
    public long Queued { get; internal set; }

    /// <summary>KeInsertQueueDpc calls that returned FALSE: queued already.</summary>
    public long Coalesced { get; internal set; }

    /// <summary>Runs begun.</summary>
    public long Runs { get; internal set; }

    internal IDpcRoutine? Routine { get; }
    internal Dpc? Next { get; set; }

    /// <summary>
    /// How long it will take that is queued: what came with the call that queued it, as SystemArgument1 does; that of a call that finds it queued is
    /// dropped (KeInsertQueueDpc).
    /// </summary>
    internal Duration Work { get; set; }

    /// <summary>What one call brings. Drawn with every call, for the same reason as an interrupt's.</summary>
    internal Duration Draw() => duration?.Draw(random!) ?? Duration.Zero;

    /// <summary>How long the run takes that begins.</summary>
    internal Duration DurationOf(Duration work) => asked?.Invoke() ?? work;
}
