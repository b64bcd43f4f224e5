namespace Pcie.Emulator.Device;

/// <summary>What a card is to the bus: everything that its PCI function must know before there is a card.</summary>
public sealed record DeviceIdentity
{
    /// <summary>For a person.</summary>
    public required string Name { get; init; }

    /// <summary>Configuration space offset 0x00.</summary>
    public required ushort VendorId { get; init; }

    /// <summary>Configuration space offset 0x02.</summary>
    public required ushort DeviceId { get; init; }

    /// <summary>Configuration space offset 0x08.</summary>
    public byte Revision { get; init; }

    /// <summary>24 bits: base class, sub-class, interface; configuration space offset 0x09.</summary>
    public required uint ClassCode { get; init; }

    /// <summary>Configuration space offset 0x2C.</summary>
    public required ushort SubsystemVendorId { get; init; }

    /// <summary>Configuration space offset 0x2E.</summary>
    public required ushort SubsystemId { get; init; }

    /// <summary>By number. The table of MSI-X gets a BAR of its own behind them.</summary>
    public required IReadOnlyList<BarRequest> Bars { get; init; }

    /// <summary>MSI messages asked for: 1, 2, 4, 8, 16 or 32.</summary>
    public int MsiMessages { get; init; } = 1;

    /// <summary>
    /// Whether the card has an interrupt line for hosts that grant no message: Interrupt Pin is INTA then; configuration space offset 0x3D.
    /// </summary>
    public bool HasInterruptLine { get; init; }

    /// <summary>Entries of the MSI-X table, 1 to 2048; 0 for a card without MSI-X.</summary>
    public int MsixEntries { get; init; }
}
