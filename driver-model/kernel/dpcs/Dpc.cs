using Pcie.DriverModel.Kernel.Durations;
using Pcie.DriverModel.Kernel.Threads;
using Pcie.Time;

namespace Pcie.DriverModel.Kernel.Dpcs;

/// <summary>
/// KDPC: a deferred procedure call. It is queued at most once at a time, whatever asked for it and however often; it is unlinked before
/// its routine is called, so that it can be queued again while it runs.
/// </summary>
public sealed class Dpc
{
    private readonly IDurations? durations;
    private readonly Softirq? softirq;

    /// <summary>A DPC of the driver under study, with code.</summary>
    public Dpc(string name, uint source, IDpcRoutine routine) => (Name, Source, Routine) = (name, source, routine);

    /// <summary>Another driver's DPC: durations and no code.</summary>
    /// <param name="softirq">Linux: the softirq that it runs in; null for a tasklet.</param>
    public Dpc(string name, uint source, IDurations durations, Softirq? softirq = null) =>
        (Name, Source, this.durations, this.softirq) = (name, source, durations, softirq);

    public string Name { get; }

    /// <summary>Its number in the trace.</summary>
    public uint Source { get; }

    /// <summary>Has no effect on a DPC that is queued already (KeSetImportanceDpc).</summary>
    public DpcImportance Importance { get; set; } = DpcImportance.Medium;

    /// <summary>
    /// Number of the processor whose queue it goes to; null for the one that queues it. No effect while queued (KeSetTargetProcessorDpc).
    /// </summary>
    public int? Target { get; set; }

    /// <summary>KeInitializeThreadedDpc: a thread runs it at PASSIVE_LEVEL, unless <see cref="Options.KernelOptions.ThreadedDpcs"/> is off.</summary>
    public bool IsThreaded { get; init; }

    /// <summary>The spin lock that its routine takes at the beginning and holds to its end; null for none.</summary>
    public QueuedSpinLock? Lock { get; set; }

    /// <summary>Linux: the softirq that it runs in. A tasklet has high priority if its importance is high.</summary>
    public Softirq Softirq => softirq ?? (Importance == DpcImportance.High ? Softirq.Hi : Softirq.Tasklet);

    /// <summary>Whether it is in a queue. A routine that runs is not in a queue.</summary>
    public bool IsQueued { get; internal set; }

    /// <summary>KeInsertQueueDpc calls that returned TRUE.</summary>
    public long Queued { get; internal set; }

    /// <summary>KeInsertQueueDpc calls that returned FALSE: queued already.</summary>
    public long Coalesced { get; internal set; }

    /// <summary>Runs begun.</summary>
    public long Runs { get; internal set; }

    /// <summary>
    /// Whether it begins when the ISR that queues it on an undisturbed processor ends, and runs for as long as was asked for: another driver's, not
    /// queued elsewhere, of that processor's queue, and told of at once.
    /// </summary>
    internal bool PassesOn(int processor) => durations is not null && !IsQueued && !IsThreaded && Lock is null
        && Importance != DpcImportance.Low && (Target is not { } target || target == processor);

    internal IDpcRoutine? Routine { get; }
    internal Dpc? Next { get; set; }

    /// <summary>
    /// The duration that came with the call that queued it, as SystemArgument1 does; that of a call that finds it queued is dropped
    /// (KeInsertQueueDpc).
    /// </summary>
    internal Duration Requested { get; set; }

    /// <summary>What one KeInsertQueueDpc call brings: <see cref="IDurations.ForRequest"/>.</summary>
    internal Duration ForRequest() => durations is null ? Duration.Zero : durations.ForRequest();

    /// <summary>How long the run takes that begins; of a DPC without code.</summary>
    internal Duration ForRun(int processor, Duration requested) => durations!.ForRun(processor, requested);
}
