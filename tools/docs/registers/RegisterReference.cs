using System.Globalization;
using System.Text;
using Pcie.Emulator.Registers;

namespace Pcie.Docs.Registers;

/// <summary>Writes the data sheet, docs/registers.md, from the declarations that decode accesses.</summary>
internal static class RegisterReference
{
    public static string Of(IReadOnlyList<AddressSpace> spaces)
    {
        var text = new StringBuilder();
        text.Append("""
            # Registers

            <!-- Written from the declarations in emulator/daq, emulator/edu and emulator/function by tools/docs;
                 change the declarations, then run it: dotnet run --project tools/docs -->

            The card as it is built without a scenario; a scenario changes reset values such as `CHUNK_SIZE` and `MAX_SLOTS`.
            [`registers.rdl`](registers.rdl) says the same in SystemRDL 2.0. Every register has 32 bits and is little-endian; a 64-bit
            value is a pair, `_LO` and `_HI`. Bits that are not listed are reserved: they read as zero, and a write that sets one is counted.
            Places without a register read as zero and ignore writes.

            | Access | Meaning |
            |---|---|
            | RO | Read only. |
            | RW | Read and write. |
            | W1C | A bit written as 1 becomes 0. |
            | W1S | A bit written as 1 becomes 1. |
            | RC | Reading clears. |
            | WO | Reads as zero; what is written acts and is not kept. |


            """);
        foreach (var space in spaces)
        {
            text.Append(CultureInfo.InvariantCulture, $"## {space.Title}\n\n{space.Sentence}\n\n");
            text.Append("| Offset | Register | Reset | Purpose |\n|---|---|---|---|\n");
            foreach (var register in space.File.Registers)
                text.Append(CultureInfo.InvariantCulture,
                    $"| 0x{register.Offset:X3} | `{register.Name}` | 0x{register.ResetValue:X8} | {Cell(register.Sentence)} |\n");
            text.Append('\n');
            foreach (var register in space.File.Registers.Where(register => register.Fields.Count > 0)) Fields(text, register);
        }
        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static void Fields(StringBuilder text, Register register)
    {
        text.Append(CultureInfo.InvariantCulture, $"### {register.Name} (0x{register.Offset:X3})\n\n");
        text.Append("| Bits | Field | Access | Reset | Meaning |\n|---|---|---|---|---|\n");
        foreach (var field in register.Fields)
            text.Append(CultureInfo.InvariantCulture,
                $"| {BitsOf(field)} | `{field.Name}` | {field.Access} | 0x{field.Reset:X} | {Cell(field.Sentence)} |\n");
        text.Append('\n');
    }

    private static string BitsOf(Field field) =>
        field.Width == 1 ? $"{field.LowestBit}" : $"{field.LowestBit + field.Width - 1}:{field.LowestBit}";

    private static string Cell(string sentence) => sentence.Replace("|", "\\|", StringComparison.Ordinal);
}
