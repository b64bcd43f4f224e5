namespace Pcie.Registers;

/// <summary>The registers of a device, whatever they were written down in.</summary>
/// <param name="Name">An identifier.</param>
/// <param name="Description">What the device is; empty if nobody said.</param>
/// <param name="Blocks">Each with a place of its own.</param>
public sealed record DeviceMap(string Name, string Description, IReadOnlyList<AddressBlock> Blocks)
{
    /// <summary>Most registers of a map.</summary>
    public const int MostRegisters = 65_536;

    /// <summary>Blocks that lie in BARs.</summary>
    public IEnumerable<AddressBlock> Bars => Blocks.Where(block => block.Bar is not null);
}
