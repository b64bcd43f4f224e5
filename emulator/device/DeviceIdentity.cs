namespace Pcie.Emulator.Device;

/// <summary>What a card is to the bus.</summary>
/// <param name="Name">For a person.</param>
/// <param name="VendorId">Configuration space offset 0x00.</param>
/// <param name="DeviceId">Configuration space offset 0x02.</param>
/// <param name="Revision">Configuration space offset 0x08.</param>
/// <param name="ClassCode">24 bits: base class, sub-class, interface; configuration space offset 0x09.</param>
/// <param name="SubsystemVendorId">Configuration space offset 0x2C.</param>
/// <param name="SubsystemId">Configuration space offset 0x2E.</param>
/// <param name="Bars">By number. The table of MSI-X gets a BAR of its own behind them.</param>
/// <param name="MsiMessages">MSI messages asked for: 1, 2, 4, 8, 16 or 32.</param>
/// <param name="MsixEntries">Entries of the MSI-X table, 1 to 2048; 0 for a card without MSI-X.</param>
public sealed record DeviceIdentity(
    string Name,
    ushort VendorId,
    ushort DeviceId,
    byte Revision,
    uint ClassCode,
    ushort SubsystemVendorId,
    ushort SubsystemId,
    IReadOnlyList<BarRequest> Bars,
    int MsiMessages,
    int MsixEntries = 0);
