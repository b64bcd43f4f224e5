namespace Pcie.TestKit;

/// <summary>
/// Where things stand in any function's configuration space (PCI Express Base Specification 7.5.1), and in its capabilities, counted from their own beginning.
/// </summary>
public static class PciOffset
{
    public const int VendorId = 0x00;
    public const int DeviceId = 0x02;
    public const int Command = 0x04;
    public const int Status = 0x06;
    public const int ClassRevision = 0x08;
    public const int HeaderType = 0x0E;
    public const int Bar0 = 0x10;
    public const int CapabilitiesPointer = 0x34;
    public const int FirstExtended = 0x100;
    public const int Size = 0x1000;

    /// <summary>Bits of <see cref="Command"/> (7.5.1.1.3).</summary>
    public const uint MemorySpace = 1 << 1, BusMaster = 1 << 2;

    /// <summary>Capability IDs.</summary>
    public const int PowerManagement = 0x01, Msi = 0x05, Express = 0x10, Msix = 0x11;

    /// <summary>ID of the extended capability Advanced Error Reporting.</summary>
    public const int AdvancedErrors = 0x0001;

    /// <summary>In MSI and MSI-X (7.7.1.2, 7.7.2.2).</summary>
    public const int MessageControl = 2;

    /// <summary>In PCI Express (7.5.3).</summary>
    public const int DeviceCapabilities = 4, DeviceControl = 8, DeviceStatus = 10;

    /// <summary>In Power Management (7.5.2.2).</summary>
    public const int PowerControl = 4;

    /// <summary>In Advanced Error Reporting (7.8.4).</summary>
    public const int UncorrectableStatus = 4, HeaderLog = 0x1C;
}
