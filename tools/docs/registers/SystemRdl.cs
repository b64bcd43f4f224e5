using System.Globalization;
using System.Text;
using Pcie.Emulator.Registers;

namespace Pcie.Docs.Registers;

/// <summary>Writes the registers in SystemRDL 2.0 (Accellera, January 2018), for the tools that read it.</summary>
internal static class SystemRdl
{
    public static string Of(IReadOnlyList<AddressSpace> spaces)
    {
        var text = new StringBuilder();
        text.Append("""
            // Written from the declarations in emulator/daq, emulator/edu and emulator/function by tools/docs;
            // change the declarations, then run it: dotnet run --project tools/docs


            """);
        foreach (var space in spaces)
        {
            text.Append(CultureInfo.InvariantCulture, $"addrmap {space.Identifier} {{\n");
            text.Append(CultureInfo.InvariantCulture, $"    name = {Quoted(space.Title)};\n    desc = {Quoted(space.Sentence)};\n");
            text.Append("    littleendian;\n    lsb0;\n    default regwidth = 32;\n    default accesswidth = 32;\n");
            // 10.1: a register has at least one field, so one that is reserved as a whole is no register.
            foreach (var register in space.File.Registers.Where(register => register.Fields.Count > 0)) Append(text, register);
            text.Append("};\n\n");
        }
        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static void Append(StringBuilder text, Register register)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n    reg {{\n        desc = {Quoted(register.Sentence)};\n");
        foreach (var field in register.Fields)
            text.Append(CultureInfo.InvariantCulture,
                $"        field {{ {AccessOf(field.Access)} desc = {Quoted(field.Sentence)}; }} "
                + $"{field.Name}[{field.LowestBit + field.Width - 1}:{field.LowestBit}] = 0x{field.Reset:X};\n");
        text.Append(CultureInfo.InvariantCulture, $"    }} {register.Name} @ 0x{register.Offset:X3};\n");
    }

    // 9.4 and 9.6: what software may do, what hardware may do, and the side effects of either.
    private static string AccessOf(Access access) => access switch
    {
        Access.RO => "sw = r; hw = w;",
        Access.RW => "sw = rw; hw = r;",
        Access.W1C => "sw = rw; hw = rw; onwrite = woclr;",
        Access.W1S => "sw = rw; hw = rw; onwrite = woset;",
        Access.RC => "sw = r; hw = rw; onread = rclr;",
        Access.WO => "sw = w; hw = r;",
        _ => throw new ArgumentOutOfRangeException(nameof(access), access, "SystemRDL has no word for it here."),
    };

    private static string Quoted(string sentence) =>
        $"\"{sentence.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
