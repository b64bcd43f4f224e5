namespace Pcie.Diagnosis.Machine;

/// <summary>What happened at one moment.</summary>
public enum InstantKind : byte
{
    /// <summary>A DPC was asked for and queued (KeInsertQueueDpc: TRUE); a softirq was raised that was not pending.</summary>
    DpcQueued = 0,
    /// <summary>A DPC was asked for and was in the queue already (FALSE); a softirq was raised that was pending.</summary>
    DpcCoalesced = 1,
    /// <summary>A profiler's sample: the processor was in this source's code.</summary>
    Sample = 2,
    /// <summary>The queue is going to be served, or is, which nobody had asked for when a DPC was queued. The source says nothing.</summary>
    DpcInterruptRequested = 3,
    /// <summary>An interrupt has come, and its ISR has to wait: the processor's IRQL is not below its own, or the processor stands still.</summary>
    InterruptPending = 4,
    /// <summary>An event that somebody's code wrote into the recording, which the reader had asked for by name: a driver's own.</summary>
    Event = 5,
    /// <summary>
    /// From here on this thread has the processor, by the name <see cref="Interval.Idle"/> none. Its interval is told when another has it.
    /// </summary>
    ThreadRuns = 6,
    /// <summary>A DPC was taken out of its queue, and does not run (KeRemoveQueueDpc).</summary>
    DpcRemoved = 7,
    /// <summary>
    /// The kernel took the DPC's requests up to here: the run to come answers them, and not those that come before it begins. So does Linux, which
    /// takes the mask of pending softirqs as a whole when a round begins; where it is not told, a run answers all that was asked for before it.
    /// </summary>
    DpcTaken = 8,
}
