using Pcie.Control.Wire;

namespace Pcie.Ui.Pages;

/// <summary>What is written to a register so that one of its fields gets a value.</summary>
public static class RegisterEdit
{
    /// <summary>Whether writing the field can do anything.</summary>
    public static bool IsWritable(FieldDescription field) => field.Access is not ("RO" or "RC" or "RS" or "");

    /// <summary>Whether writing to the register can do anything.</summary>
    public static bool IsWritable(RegisterDescription register) => register.Fields.Count == 0 || register.Fields.Any(IsWritable);

    /// <summary>
    /// The register's new value: the other fields as they are, if they keep what is written; those that act on what is written, as nothing.
    /// </summary>
    /// <param name="current">What the register reads as.</param>
    /// <exception cref="FormatException">It does not fit.</exception>
    public static ulong ValueOf(RegisterDescription register, FieldDescription field, ulong current, ulong value)
    {
        if (value > Ones(field)) throw new FormatException($"0x{value:x} does not fit {field.Name}, which has {field.WidthBits} bits.");
        var kept = register.Fields.Where(other => other.Access == "RW" && other != field).Aggregate(0UL, (mask, other) => mask | Mask(other));
        return current & kept | value << (int)field.LowestBit;
    }

    /// <summary>A field's value in that of its register.</summary>
    public static ulong Of(FieldDescription field, ulong register) => register >> (int)field.LowestBit & Ones(field);

    /// <summary>Its bits, as a data sheet names them.</summary>
    public static string Bits(FieldDescription field) =>
        field.WidthBits == 1 ? $"{field.LowestBit}" : $"{field.LowestBit + field.WidthBits - 1}..{field.LowestBit}";

    private static ulong Ones(FieldDescription field) => ulong.MaxValue >> (64 - (int)field.WidthBits);

    private static ulong Mask(FieldDescription field) => Ones(field) << (int)field.LowestBit;
}
