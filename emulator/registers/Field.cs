namespace Pcie.Emulator.Registers;

/// <summary>Some neighbouring bits of a register with one meaning.</summary>
/// <param name="Name">As the data sheet writes it.</param>
/// <param name="LowestBit">0 to 31.</param>
/// <param name="Width">Bits, 1 to 32.</param>
/// <param name="Reset">Value after power-on, shifted down to bit 0.</param>
/// <param name="Sentence">What it means.</param>
public sealed record Field(string Name, int LowestBit, int Width, Access Access, uint Reset, string Sentence)
{
    /// <summary>Its bits in the register.</summary>
    public uint Mask => uint.MaxValue >> (32 - Width) << LowestBit;

    /// <summary>Takes the field's value out of the register's.</summary>
    public uint Of(uint register) => (register & Mask) >> LowestBit;

    /// <summary>The field's value at its place in the register.</summary>
    public uint At(uint value) => value << LowestBit & Mask;
}
