namespace Pcie.Card.Function;

/// <summary>Where things stand in configuration space (PCI Express Base Specification 7.5.1; MSI capability: 7.7.1).</summary>
public static class ConfigOffset
{
    public const uint Id = 0x00;
    public const uint CommandStatus = 0x04;
    public const uint ClassRevision = 0x08;
    public const uint HeaderType = 0x0C;
    public const uint Bar0 = 0x10;
    public const uint CardbusCis = 0x28;
    public const uint Subsystem = 0x2C;
    public const uint ExpansionRom = 0x30;
    public const uint CapabilitiesPointer = 0x34;
    public const uint Reserved38 = 0x38;
    public const uint Interrupt = 0x3C;

    /// <summary>The MSI capability of our function.</summary>
    public const uint Msi = 0x50;
    public const uint MsiControl = Msi + 0x00;
    public const uint MsiAddressLow = Msi + 0x04;
    public const uint MsiAddressHigh = Msi + 0x08;
    public const uint MsiData = Msi + 0x0C;
    public const uint MsiMask = Msi + 0x10;
    public const uint MsiPending = Msi + 0x14;

    /// <summary>Bytes of configuration space.</summary>
    public const uint Size = 0x1000;
}
