namespace Pcie.Diagnosis.Attribution;

/// <summary>What a part of a DPC's waiting was spent on.</summary>
public enum ShareKind
{
    /// <summary>A DPC that ran already when ours was asked for: no importance helps against it, another processor does.</summary>
    AlreadyRunning,

    /// <summary>A DPC that began while ours waited: it stood ahead in the queue, or came by timer expiry.</summary>
    AheadInQueue,

    /// <summary>ISRs in between.</summary>
    Interrupts,

    /// <summary>A thread at DISPATCH_LEVEL or above, as with a spin lock held. Recordings of real machines seldom show it.</summary>
    RaisedIrql,

    /// <summary>
    /// A thread, though a DPC waited: at raised IRQL, which a recording of a real machine does not tell, or because nobody had asked for the DPC
    /// interrupt (importance, target processor).
    /// </summary>
    Thread,

    /// <summary>Nothing, though a DPC waited: the way out of an idle state, or nobody had asked for the DPC interrupt.</summary>
    Idle,

    /// <summary>The processor stood still: firmware (SMI), a hypervisor, a debugger.</summary>
    Silent,

    /// <summary>
    /// Nobody had asked for the DPC interrupt, until the clock's tick did: a DPC of low importance, or one of medium importance aimed at another
    /// processor, is left in its queue.
    /// </summary>
    Deferred,

    /// <summary>The recording says nothing of this time: dispatch, a thread, the way out of an idle state.</summary>
    Unexplained,
}
