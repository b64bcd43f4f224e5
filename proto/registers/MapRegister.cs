namespace Pcie.Registers;

/// <summary>A register of a map.</summary>
/// <param name="Offset">In bytes from the start of its block.</param>
/// <param name="Width">Bits: 8, 16, 32 or 64.</param>
/// <param name="Description">What it is for; empty if nobody said.</param>
/// <param name="Fields">By rising bit. What is in no field is reserved.</param>
public sealed record MapRegister(string Name, ulong Offset, int Width, string Description, IReadOnlyList<MapField> Fields)
{
    public int Bytes => Width / 8;

    /// <summary>The value after a reset; what nobody said is 0.</summary>
    public ulong Reset => Fields.Aggregate(0UL, (value, one) => value | (one.Reset ?? 0) << one.LowestBit);
}
