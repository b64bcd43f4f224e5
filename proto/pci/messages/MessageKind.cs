namespace Pcie.Pci.Messages;

/// <summary>By which capability a device interrupts.</summary>
public enum MessageKind
{
    /// <summary>
    /// One address for all, consecutive data, a power of two of messages up to 32 (PCI Express Base Specification 7.7.1).
    /// </summary>
    Msi,

    /// <summary>A table of messages, each with its own address and data, up to 2048 (7.7.2).</summary>
    MsiX,
}
