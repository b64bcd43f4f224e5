namespace Pcie.Emulator.Registers;

/// <summary>A 64-bit value in two registers: _LO with bits 31..0, and behind it _HI with bits 63..32.</summary>
public sealed class RegisterPair
{
    /// <param name="name">Without _LO and _HI.</param>
    /// <param name="offset">Of the lower half.</param>
    /// <param name="low">Declares the fields of the lower half.</param>
    /// <param name="high">Declares the fields of the upper half.</param>
    public RegisterPair(string name, uint offset, string sentence, Func<Register, Register> low, Func<Register, Register> high)
    {
        Low = low(new Register($"{name}_LO", offset, $"{sentence}, bits 31..0"));
        High = high(new Register($"{name}_HI", offset + 4, $"{sentence}, bits 63..32"));
    }

    /// <summary>One field over both halves.</summary>
    public RegisterPair(string name, uint offset, string sentence, string fieldName, Access access, string meaning)
        : this(name, offset, sentence, half => half.Field(0, 32, fieldName, access, meaning), half => half.Field(0, 32, fieldName, access, meaning))
    {
    }

    public Register Low { get; }
    public Register High { get; }

    /// <summary>What both hold.</summary>
    public ulong Value
    {
        get => (ulong)High.Value << 32 | Low.Value;
        set => (High.Value, Low.Value) = ((uint)(value >> 32), (uint)value);
    }
}
