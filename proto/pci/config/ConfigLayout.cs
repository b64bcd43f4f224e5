namespace Pcie.Pci.Config;

/// <summary>
/// Configuration space of a function: where its header is (type 0, PCI Express Base Specification 7.5.1.2), and its two lists of capabilities.
/// </summary>
public static class ConfigLayout
{
    /// <summary>Bytes of configuration space.</summary>
    public const int Size = 0x1000;

    public const int VendorId = 0x00;
    public const int DeviceId = 0x02;
    public const int Command = 0x04;
    public const int Status = 0x06;
    public const int ClassRevision = 0x08;
    public const int CacheLineSize = 0x0C;
    public const int HeaderType = 0x0E;
    public const int Bar0 = 0x10;
    public const int CardbusCis = 0x28;
    public const int Subsystem = 0x2C;
    public const int ExpansionRom = 0x30;
    public const int CapabilitiesPointer = 0x34;
    public const int Interrupt = 0x3C;

    /// <summary>Base address registers of a type 0 header.</summary>
    public const int Bars = 6;

    /// <summary>The first byte behind the header, where capabilities can be.</summary>
    public const int FirstCapability = 0x40;

    /// <summary>Where the list of extended capabilities begins.</summary>
    public const int FirstExtended = 0x100;

    /// <summary>A list of capabilities that goes on beyond this many is a circle: 192 bytes hold no more (7.5.1.1.11).</summary>
    public const int MaxCapabilities = 48;

    /// <summary>Bits of <see cref="Command"/> (7.5.1.1.3).</summary>
    public const ushort MemorySpace = 1 << 1, BusMaster = 1 << 2, InterruptDisable = 1 << 10;

    /// <summary>Bit of <see cref="Status"/> (7.5.1.1.4).</summary>
    public const ushort CapabilitiesList = 1 << 4;

    /// <summary>The vendor ID of no function: what a read reads that nobody answers.</summary>
    public const ushort NoVendor = 0xFFFF;
}
