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

    /// <summary>The wait cost nothing: the DPC came within the time that the buffer gives it, or that a DPC may take.</summary>
    InTime,

    /// <summary>Interrupts fell together and nothing was lost by it: one DPC stands for several.</summary>
    BenignCollapse,

    /// <summary>A defect of the driver: its DPC does not take all that is there.</summary>
    DpcNotDraining,

    /// <summary>An event for which no message came, until a later one: an edge was lost, or came between the last look and the re-arm.</summary>
    LostEdge,

    /// <summary>A message that left the card came long after.</summary>
    LateMessage,

    /// <summary>No interrupt came any more, though the card went on.</summary>
    StuckCause,

    /// <summary>The DPC came in time: there is not room enough for what comes at once, or the copy takes longer than a chunk.</summary>
    RingTooSmall,
}
