namespace Pcie.TestKit;

/// <summary>A register, or a field of one, and where it is.</summary>
/// <param name="Bar">Number of the BAR.</param>
/// <param name="Offset">In bytes from the BAR's start, a multiple of its register's bytes.</param>
/// <param name="Shift">Lowest bit.</param>
/// <param name="Width">Bits.</param>
/// <param name="KeptBeside">Bits of the register outside it that keep what is written to them.</param>
/// <param name="Bytes">Of the register: what one access moves.</param>
public readonly record struct RegisterPlace(int Bar, uint Offset, int Shift = 0, int Width = 32, uint KeptBeside = 0, int Bytes = 4)
{
    private uint Mask => uint.MaxValue >> (32 - Width);

    /// <summary>Its value, taken out of the register's.</summary>
    public uint Of(uint register) => register >> Shift & Mask;

    /// <summary>A value of it, at its place in the register.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It does not fit.</exception>
    public uint At(uint value) => value <= Mask ? value << Shift
        : throw new ArgumentOutOfRangeException(nameof(value), $"0x{value:X} does not fit into {Width} bits.");
}
