using System.Globalization;
using Pcie.Emulator.Faults;
using Pcie.Scenario;

namespace Pcie.Emulator.Maps;

/// <summary>Which registers a card is made of that has nothing else.</summary>
[Table("card", "A card that is the registers of a map, and nothing else: no DMA, no interrupt. docs/own-registers.md.")]
public sealed record MapCardOptions
{
    [Key("map",
        "The registers: a file in SystemRDL, IP-XACT, CMSIS-SVD or CSV, FILE#NAME for one block of it; a relative path starts from the folder "
        + "of the file that says it. Required, unless the command line has --map.")]
    public string? Map { get; init; }

    [Key("id", "Vendor and device ID, in hexadecimal.")]
    public string Id { get; init; } = "fda0:da02";

    [Key("fault", Fault.Sentence)]
    public IReadOnlyList<Fault> Faults { get; init; } = [];

    /// <summary>Both numbers of <see cref="Id"/>; null if it is none.</summary>
    public (ushort Vendor, ushort Device)? Numbers =>
        Id.Split(':') is [var vendor, var device]
            && ushort.TryParse(vendor, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var v)
            && ushort.TryParse(device, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var d) ? (v, d) : null;
}
