using Pcie.Pci.Config;

namespace Pcie.Emulator.Function.Configuration;

/// <summary>
/// Where our function has its registers in configuration space: what <see cref="Pcie.Pci.Config"/> says of any, at the places of our capabilities.
/// </summary>
public static class ConfigOffset
{
    public const uint Id = ConfigLayout.VendorId;
    public const uint CommandStatus = ConfigLayout.Command;
    public const uint ClassRevision = ConfigLayout.ClassRevision;
    public const uint HeaderType = ConfigLayout.CacheLineSize;
    public const uint Bar0 = ConfigLayout.Bar0;
    public const uint CardbusCis = ConfigLayout.CardbusCis;
    public const uint Subsystem = ConfigLayout.Subsystem;
    public const uint ExpansionRom = ConfigLayout.ExpansionRom;
    public const uint CapabilitiesPointer = ConfigLayout.CapabilitiesPointer;
    public const uint Reserved38 = 0x38;
    public const uint Interrupt = ConfigLayout.Interrupt;

    /// <summary>Power Management, the first of the list.</summary>
    public const uint PowerManagement = ConfigLayout.FirstCapability;
    public const uint PowerControl = PowerManagement + PowerManagementLayout.Control;

    /// <summary>MSI, with 64-bit addresses and per-vector masking.</summary>
    public const uint Msi = 0x50;
    public const uint MsiControl = Msi + 0x00;
    public const uint MsiAddressLow = Msi + MsiLayout.AddressLow;
    public const uint MsiAddressHigh = Msi + MsiLayout.AddressHigh;
    public const uint MsiData = Msi + 0x0C;
    public const uint MsiMask = Msi + 0x10;
    public const uint MsiPending = Msi + 0x14;

    /// <summary>MSI-X, in a function that has it.</summary>
    public const uint Msix = 0x70;
    public const uint MsixControl = Msix + 0x00;
    public const uint MsixTable = Msix + MsixLayout.Table;
    public const uint MsixPending = Msix + MsixLayout.PendingBits;

    /// <summary>PCI Express, the last of the list.</summary>
    public const uint Express = 0x80;
    public const uint DeviceCapabilities = Express + ExpressLayout.DeviceCapabilities;
    public const uint DeviceControl = Express + ExpressLayout.DeviceControl;
    public const uint LinkCapabilities = Express + ExpressLayout.LinkCapabilities;
    public const uint LinkControl = Express + ExpressLayout.LinkControl;
    public const uint DeviceCapabilities2 = Express + ExpressLayout.DeviceCapabilities2;
    public const uint DeviceControl2 = Express + ExpressLayout.DeviceControl2;
    public const uint LinkCapabilities2 = Express + ExpressLayout.LinkCapabilities2;
    public const uint LinkControl2 = Express + ExpressLayout.LinkControl2;

    /// <summary>Advanced Error Reporting; extended capabilities begin here.</summary>
    public const uint AdvancedErrors = ConfigLayout.FirstExtended;
    public const uint UncorrectableStatus = AdvancedErrors + AdvancedErrorsLayout.UncorrectableStatus;
    public const uint UncorrectableMask = AdvancedErrors + AdvancedErrorsLayout.UncorrectableMask;
    public const uint UncorrectableSeverity = AdvancedErrors + AdvancedErrorsLayout.UncorrectableSeverity;
    public const uint CorrectableStatus = AdvancedErrors + AdvancedErrorsLayout.CorrectableStatus;
    public const uint CorrectableMask = AdvancedErrors + AdvancedErrorsLayout.CorrectableMask;
    public const uint ErrorControl = AdvancedErrors + AdvancedErrorsLayout.Control;
    public const uint HeaderLog = AdvancedErrors + AdvancedErrorsLayout.HeaderLog;

    public const uint Size = ConfigLayout.Size;
}
