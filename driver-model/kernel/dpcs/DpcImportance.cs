namespace Pcie.DriverModel.Kernel.Dpcs;

/// <summary>KDPC_IMPORTANCE: where in the queue a DPC goes, and whether the processor is told at once (KeSetImportanceDpc).</summary>
public enum DpcImportance
{
    /// <summary>Tail; the processor is told only when the queue is deep or DPCs are rare.</summary>
    Low,

    /// <summary>Tail; the current processor is told at once, another one only when its queue is deep. The default.</summary>
    Medium,

    /// <summary>Tail; the processor is told at once.</summary>
    MediumHigh,

    /// <summary>Head; the processor is told at once.</summary>
    High,
}
