namespace Pcie.DriverModel.Framework;

/// <summary>Which processors a device's messages go to: two of the values of WDF_INTERRUPT_POLICY.</summary>
public enum InterruptAffinity
{
    /// <summary>WdfIrqPolicyOneCloseProcessor, KMDF's default: one processor for all.</summary>
    OneCloseProcessor,

    /// <summary>
    /// WdfIrqPolicySpreadMessagesAcrossAllProcessors: each message a processor of its own, in turn. MSI-X only: the messages of an MSI capability
    /// share one address.
    /// </summary>
    SpreadMessagesAcrossAllProcessors,
}
