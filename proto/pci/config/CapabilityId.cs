namespace Pcie.Pci.Config;

/// <summary>IDs of capabilities (PCI Code and ID Assignment Specification, section 2).</summary>
public static class CapabilityId
{
    public const byte PowerManagement = 0x01, Msi = 0x05, Express = 0x10, Msix = 0x11;

    /// <summary>ID of an extended capability (the same, section 3).</summary>
    public const ushort AdvancedErrors = 0x0001;
}
