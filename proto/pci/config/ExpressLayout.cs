namespace Pcie.Pci.Config;

/// <summary>The PCI Express capability (PCI Express Base Specification 7.5.3), counted from its beginning.</summary>
public static class ExpressLayout
{
    public const int DeviceCapabilities = 0x04;
    public const int DeviceControl = 0x08;
    public const int DeviceStatus = 0x0A;
    public const int LinkCapabilities = 0x0C;
    public const int LinkControl = 0x10;
    public const int DeviceCapabilities2 = 0x24;
    public const int DeviceControl2 = 0x28;
    public const int LinkCapabilities2 = 0x2C;
    public const int LinkControl2 = 0x30;

    /// <summary>Of <see cref="DeviceCapabilities"/>.</summary>
    public const uint MaxPayloadSupported = 7, FunctionLevelResetCapable = 1 << 28;

    /// <summary>Of <see cref="DeviceControl"/>.</summary>
    public const int MaxPayloadSizeShift = 5, MaxReadRequestSizeShift = 12;
    public const uint RequestSizes = 7 << MaxPayloadSizeShift | 7 << MaxReadRequestSizeShift;
    public const uint InitiateFunctionLevelReset = 1 << 15;
}
