namespace Pcie.DriverModel.Kernel.Options;

/// <summary>By whose rules interrupts and what they defer run.</summary>
public enum KernelKind
{
    /// <summary>Interrupts nest by IRQL; DPC queues; DPC watchdog.</summary>
    Windows,

    /// <summary>Interrupts do not nest; softirqs in rounds, the rest by ksoftirqd; DPCs are tasklets, threaded DPCs threaded interrupts.</summary>
    Linux,
}
