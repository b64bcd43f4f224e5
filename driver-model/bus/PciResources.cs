namespace Pcie.Host.Bus;

/// <summary>What the bus driver found and assigned: CM_RESOURCE_LIST.</summary>
/// <param name="VendorId">Configuration space offset 0x00.</param>
/// <param name="DeviceId">Configuration space offset 0x02.</param>
/// <param name="Bars">Assigned memory ranges by BAR number; length 0 for a BAR that is not there.</param>
/// <param name="MsiCapability">Offset of the MSI capability; 0 if the device has none.</param>
/// <param name="MessagesAsked">MSI messages that the device asks for.</param>
/// <param name="MessagesGranted">MSI messages that the host grants: a power of two, at most those asked for.</param>
public sealed record PciResources(
    ushort VendorId,
    ushort DeviceId,
    IReadOnlyList<PciBarRange> Bars,
    int MsiCapability,
    int MessagesAsked,
    int MessagesGranted);

/// <summary>Where a BAR lies on the bus.</summary>
public readonly record struct PciBarRange(ulong Address, ulong Length);
