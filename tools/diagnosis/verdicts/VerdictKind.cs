namespace Pcie.Diagnosis.Verdicts;

/// <summary>What went wrong, or did not.</summary>
public enum VerdictKind
{
    /// <summary>The recording is not complete, so nothing can be concluded.</summary>
    None,

    /// <summary>The DPC was asked for, and came too late.</summary>
    LateDpc,

    /// <summary>The ISR itself came too late, and with it everything after.</summary>
    LateIsr,

    /// <summary>The driver's own ISR had the processor.</summary>
    OwnIsr,

    /// <summary>The driver's own DPC had it: it was at work, and did not come to the chunk.</summary>
    OwnDpc,

    /// <summary>The driver's own DPC spun for a lock that somebody else held on another processor.</summary>
    LockHeld,

    /// <summary>The wait cost nothing: the DPC came within the time that the buffer gives it, or that a DPC may take.</summary>
    InTime,

    /// <summary>The wait cost nothing, and chunks were lost otherwise.</summary>
    NotTheCause,

    /// <summary>Interrupts fell together and nothing was lost by it: one DPC stands for several.</summary>
    BenignCollapse,

    /// <summary>A defect of the driver: its DPC does not take all that is there.</summary>
    DpcNotDraining,

    /// <summary>An event for which no message came, until a later one: an edge was lost, or came between the last look and the re-arm.</summary>
    LostEdge,

    /// <summary>A message left the card and never arrived.</summary>
    MessageLost,

    /// <summary>A message that left the card came long after.</summary>
    LateMessage,

    /// <summary>The card held its message back to gather more events (moderation), for longer than the buffer lasts.</summary>
    HeldBack,

    /// <summary>No interrupt came any more, though the card went on.</summary>
    StuckCause,

    /// <summary>The DPC came in time: there is not room enough for what comes at once, or the copy takes longer than a chunk.</summary>
    RingTooSmall,

    /// <summary>The card dropped chunks, since the driver had given no slot back.</summary>
    DroppedByCard,

    /// <summary>The card was reset, or its link went down, and the driver did not start it again: nothing comes any more.</summary>
    CardNotRestarted,

    /// <summary>The application does not take chunks as fast as they come, and the cyclic buffer is full.</summary>
    ReaderTooSlow,

    /// <summary>The driver handed on chunks that were destroyed while it copied them.</summary>
    TornCopy,

    /// <summary>Chunks were damaged on their way, by neither buffer nor driver.</summary>
    DamagedData,

    /// <summary>The driver gave up what lay in its DMA buffer, to start the card anew.</summary>
    Abandoned,

    /// <summary>The device left the bus.</summary>
    DeviceGone,
}
