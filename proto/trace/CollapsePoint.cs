namespace Pcie.Trace;

/// <summary>
/// The points between an event in the card and its DPC at which several become one, or wait, in the order in which an event comes to them. Each has
/// counters, named by <see cref="CollapseCounter"/>: those of the card are among its statistics, those of the host are added by the driver model.
/// </summary>
public enum CollapsePoint
{
    /// <summary>Card, by cause: the cause was set already, and the re-arm policy looks at causes: one bit stands for both.</summary>
    CauseBit,

    /// <summary>Card, by cause: the cause is not enabled.</summary>
    Enable,

    /// <summary>Card, by vector: the vector gathers already, one message for all that it gathers.</summary>
    Moderation,

    /// <summary>Card, by vector: the vector is masked by its own message until it is re-armed.</summary>
    RearmMask,

    /// <summary>Card, by vector: another cause of the vector was set already, and only the first sends.</summary>
    VectorActive,

    /// <summary>Card, by message: one pending bit of MSI or MSI-X stands for both.</summary>
    PendingBit,

    /// <summary>Host, by message: the vector was requested in the local APIC already.</summary>
    Apic,

    /// <summary>Host, by message: the DPC was queued already.</summary>
    Dpc,
}
