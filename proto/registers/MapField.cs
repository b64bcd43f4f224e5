namespace Pcie.Registers;

/// <summary>Some neighbouring bits of a register with one meaning.</summary>
/// <param name="LowestBit">0 and on.</param>
/// <param name="Width">Bits.</param>
/// <param name="Reset">Value after a reset, shifted down to bit 0; null if nobody said.</param>
/// <param name="Description">What it means; empty if nobody said.</param>
public sealed record MapField(string Name, int LowestBit, int Width, FieldAccess Access, ulong? Reset = null, string Description = "")
{
    /// <summary>Values that have a name, by rising value.</summary>
    public IReadOnlyList<NamedValue> Values { get; init; } = [];

    public int HighestBit => LowestBit + Width - 1;

    /// <summary>Its bits, shifted down to bit 0.</summary>
    public ulong Ones => ulong.MaxValue >> (64 - Width);

    /// <summary>Its bits in the register.</summary>
    public ulong Mask => Ones << LowestBit;

    /// <summary>Its bits as a data sheet writes them: 7, or 7:4.</summary>
    public string Bits => Width == 1 ? $"{LowestBit}" : $"{HighestBit}:{LowestBit}";
}
