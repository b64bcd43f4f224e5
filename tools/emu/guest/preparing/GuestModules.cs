namespace Pcie.Emu.Guest.Preparing;

/// <summary>Which modules a guest gets beside its kernel.</summary>
internal enum GuestModules
{
    /// <summary>None: the kernel has what it needs.</summary>
    None,

    /// <summary>The driver of the data-acquisition card, and one that keeps the processor busy.</summary>
    Driver,

    /// <summary>The kernel's own pci_endpoint_test, and what has it try everything.</summary>
    EndpointTest,

    /// <summary>The kernel's own VFIO.</summary>
    Vfio,
}
