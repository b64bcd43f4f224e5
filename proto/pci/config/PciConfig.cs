namespace Pcie.Pci.Config;

/// <summary>
/// Offsets and bits of configuration space that a bus driver uses (PCI Local Bus 3.0 section 6.1, 6.8.1, 6.8.2).
/// </summary>
public static class PciConfig
{
    public const int VendorId = 0x00;
    public const int Command = 0x04;
    public const int Status = 0x06;
    public const int Bar0 = 0x10;
    public const int CapabilitiesPointer = 0x34;

    public const ushort CommandMemorySpace = 1 << 1;
    public const ushort CommandBusMaster = 1 << 2;
    public const ushort CommandInterruptDisable = 1 << 10;
    public const ushort StatusCapabilitiesList = 1 << 4;

    public const byte ExpressCapabilityId = 0x10;
    public const int DeviceCapabilities = 4;
    public const uint MaxPayloadSupported = 7;
    public const int DeviceControl = 8;
    public const int MaxPayloadSizeShift = 5, MaxReadRequestSizeShift = 12;
    public const uint RequestSizeBits = 7 << MaxPayloadSizeShift | 7 << MaxReadRequestSizeShift;
    public const uint FunctionLevelResetCapable = 1 << 28;
    public const uint InitiateFunctionLevelReset = 1 << 15;

    public const byte MsiCapabilityId = 0x05;
    public const byte MsixCapabilityId = 0x11;

    /// <summary>Message Control, of MSI and MSI-X alike.</summary>
    public const int MessageControl = 2;
    public const ushort MsiEnable = 1 << 0;
    public const ushort Msi64Bit = 1 << 7;
    public const ushort MsiPerVectorMasking = 1 << 8;

    public const ushort MsixTableSize = 0x7FF;
    public const ushort MsixFunctionMask = 1 << 14;
    public const ushort MsixEnable = 1 << 15;
    public const int MsixTable = 4;
    public const byte MsixBir = 7;
}
