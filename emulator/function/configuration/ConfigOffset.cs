namespace Pcie.Emulator.Function.Configuration;

/// <summary>
/// Where things stand in configuration space (PCI Express Base Specification 7.5.1), and where our function has its capabilities.
/// </summary>
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

    /// <summary>Power Management (7.5.2), the first of the list.</summary>
    public const uint PowerManagement = 0x40;
    public const uint PowerControl = PowerManagement + 0x04;

    /// <summary>MSI (7.7.1).</summary>
    public const uint Msi = 0x50;
    public const uint MsiControl = Msi + 0x00;
    public const uint MsiAddressLow = Msi + 0x04;
    public const uint MsiAddressHigh = Msi + 0x08;
    public const uint MsiData = Msi + 0x0C;
    public const uint MsiMask = Msi + 0x10;
    public const uint MsiPending = Msi + 0x14;

    /// <summary>MSI-X (7.7.2), in a function that has it.</summary>
    public const uint Msix = 0x70;
    public const uint MsixControl = Msix + 0x00;
    public const uint MsixTable = Msix + 0x04;
    public const uint MsixPending = Msix + 0x08;

    /// <summary>PCI Express (7.5.3), the last of the list.</summary>
    public const uint Express = 0x80;
    public const uint DeviceCapabilities = Express + 0x04;
    public const uint DeviceControl = Express + 0x08;
    public const uint LinkCapabilities = Express + 0x0C;
    public const uint LinkControl = Express + 0x10;
    public const uint DeviceCapabilities2 = Express + 0x24;
    public const uint DeviceControl2 = Express + 0x28;
    public const uint LinkCapabilities2 = Express + 0x2C;
    public const uint LinkControl2 = Express + 0x30;

    /// <summary>Advanced Error Reporting (7.8.4); extended capabilities begin here.</summary>
    public const uint AdvancedErrors = 0x100;
    public const uint UncorrectableStatus = AdvancedErrors + 0x04;
    public const uint UncorrectableMask = AdvancedErrors + 0x08;
    public const uint UncorrectableSeverity = AdvancedErrors + 0x0C;
    public const uint CorrectableStatus = AdvancedErrors + 0x10;
    public const uint CorrectableMask = AdvancedErrors + 0x14;
    public const uint ErrorControl = AdvancedErrors + 0x18;
    public const uint HeaderLog = AdvancedErrors + 0x1C;

    /// <summary>Bytes of configuration space.</summary>
    public const uint Size = 0x1000;
}
