using static Pcie.Emulator.Registers.Access;

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

    /// <summary>One read-only field over both halves, computed whenever somebody looks.</summary>
    public RegisterPair(string name, uint offset, string sentence, string fieldName, Func<ulong> value, string meaning)
        : this(name, offset, sentence,
            low => low.Field(0, 32, fieldName, () => (uint)value(), meaning),
            high => high.Field(0, 32, fieldName, () => (uint)(value() >> 32), meaning))
    {
    }

    private RegisterPair(Register low, Register high) => (Low, High) = (low, high);

    public Register Low { get; }
    public Register High { get; }

    /// <summary>Both.</summary>
    public IEnumerable<Register> Halves => [Low, High];

    /// <summary>What both hold.</summary>
    public ulong Value
    {
        get => (ulong)High.Value << 32 | Low.Value;
        set => (High.Value, Low.Value) = ((uint)(value >> 32), (uint)value);
    }

    /// <summary>A bus address that software sets, of a place that is DW-aligned.</summary>
    public static RegisterPair Address(string name, uint offset, string sentence) => new(name, offset, sentence,
        low => low.Field(0, 2, "ALIGNMENT", RO, "zero: DW-aligned").Field(2, 30, "ADDRESS", RW, "bus address"),
        high => high.Field(0, 32, "ADDRESS", RW, "bus address"));

    /// <summary>A count of what has happened since the last reset.</summary>
    /// <param name="total">Since power-on.</param>
    public static RegisterPair Counter(string name, uint offset, string sentence, Func<ulong> total)
    {
        var atReset = 0UL;
        var high = new Register($"{name}_HI", offset + 4, $"{sentence}; since reset, bits 63..32").Field(0, 32, "COUNT", RO, "as latched");
        // Two reads, of the low half and then of the high one, give one count.
        var low = new Register($"{name}_LO", offset, $"{sentence}; since reset, bits 31..0")
            .Field(0, 32, "COUNT", () => (uint)(total() - atReset), "reading it latches the high half")
            .OnRead(() => high.Value = (uint)(total() - atReset >> 32))
            .OnReset(() => atReset = total());
        return new RegisterPair(low, high);
    }
}
