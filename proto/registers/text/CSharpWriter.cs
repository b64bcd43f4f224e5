using System.Globalization;
using System.Text;
using Pcie.Registers.Layout;

namespace Pcie.Registers.Text;

/// <summary>Writes the registers of all BARs as declarations in C#, to begin a card with: each can then be told what it does.</summary>
internal static class CSharpWriter
{
    private const string Indent = "        ", Deeper = Indent + "    ";

    /// <exception cref="InvalidDataException">Two things would have one name.</exception>
    public static string Of(DeviceMap map)
    {
        var (names, text) = (new Names("C#"), new StringBuilder());
        var type = $"{Pascal(map.Name)}Registers";
        // A member has another name than its type.
        names.Take(type, "the class");
        names.Take("File", "what decodes");
        text.Append($$"""
            using Pcie.Emulator.Registers;
            using static Pcie.Emulator.Registers.Access;

            namespace {{Pascal(map.Name)}};

            /// <summary>The registers of {{Xml(map.Name)}}{{(map.Description.Length == 0 ? "" : $": {Xml(map.Description)}")}}</summary>
            public sealed class {{type}}
            {

            """.ReplaceLineEndings("\n"));
        var blocks = map.Bars.Select(block => (Block: block, Registers: DwordLayout.Of(block).ToList())).ToList();
        text.Append(CultureInfo.InvariantCulture, $"    public {type}()\n    {{\n");
        foreach (var (block, registers) in blocks)
        {
            var set = $"bar{block.Bar}";
            text.Append(CultureInfo.InvariantCulture, $"{Indent}var {set} = new RegisterSet();\n");
            foreach (var register in registers) Append(text, register, set, MemberOf(map, block, register));
            var size = Math.Max(4, (block.Size + 3) & ~3UL);
            text.Append(CultureInfo.InvariantCulture,
                $"{Indent}{FileOf(map, block)} = new RegisterFile(0x{size:X}, {set}.Declared) {{ Name = \"BAR {block.Bar}\" }};\n");
        }
        text.Append("    }\n");
        foreach (var (block, registers) in blocks)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n    /// <summary>Decodes BAR {block.Bar}.</summary>\n");
            text.Append(CultureInfo.InvariantCulture, $"    public RegisterFile {FileOf(map, block)} {{ get; }}\n");
            foreach (var register in registers)
            {
                if (register.Description.Length > 0) text.Append(CultureInfo.InvariantCulture,
                    $"\n    /// <summary>{Xml(register.Description)}</summary>\n");
                else text.Append('\n');
                text.Append(CultureInfo.InvariantCulture,
                    $"    public Register {names.Take(MemberOf(map, block, register), $"the register {register.Name}")} {{ get; }}\n");
            }
        }
        return text.Append("}\n").ToString();
    }

    private static string FileOf(DeviceMap map, AddressBlock block) => map.Bars.Count() == 1 ? "File" : $"File{block.Bar}";

    private static string MemberOf(DeviceMap map, AddressBlock block, DwordRegister register) =>
        map.Bars.Count() == 1 ? Pascal(register.Name) : $"Bar{block.Bar}{Pascal(register.Name)}";

    private static void Append(StringBuilder text, DwordRegister register, string set, string member)
    {
        text.Append(CultureInfo.InvariantCulture,
            $"{Indent}{member} = {set}.Declare({Quoted(register.Name)}, 0x{register.Offset:X3}, {Quoted(register.Description)})");
        var next = 0;
        foreach (var one in register.Fields)
        {
            Reserved(text, next, one.LowestBit);
            next = one.HighestBit + 1;
            var values = string.Join(", ", one.Values.Select(value => $"{value.Value}: {value.Name}"));
            var sentence = values.Length == 0 ? one.Description : one.Description.Length == 0 ? values : $"{one.Description}; {values}";
            var (head, tail) = one.Width == 1
                ? ($"Flag({one.LowestBit}", one.Reset is 1 ? ", reset: true" : "")
                : ($"Field({one.LowestBit}, {one.Width}", one.Reset is > 0 and var reset ? $", 0x{reset:X}" : "");
            text.Append(CultureInfo.InvariantCulture,
                $"\n{Deeper}.{head}, {Quoted(one.Name)}, {AccessOf(one.Access)}, {Quoted(sentence)}{tail})");
        }
        Reserved(text, next, 32);
        text.Append(";\n");
    }

    private static void Reserved(StringBuilder text, int from, int to)
    {
        if (to > from) text.Append(CultureInfo.InvariantCulture, $"\n{Deeper}.Reserved({from}, {to - from})");
    }

    /// <summary>As the card's registers call it: some have a name, others are made of two.</summary>
    private static string AccessOf(FieldAccess access)
    {
        if (access == new FieldAccess(false, WriteEffect.None)) return "None";
        var name = access with { Read = ReadEffect.None } is { IsReadable: true } plain ? plain.Name : access.Name;
        if (!access.IsReadable) return access.Write == WriteEffect.Stores ? "WO" : $"{new FieldAccess(true, access.Write).Name} & ~RO";
        var read = access.Read switch { ReadEffect.Clears => "RC", ReadEffect.Sets => "RS", _ => null };
        return read is null ? name : access.Write == WriteEffect.None ? read : $"{name} | {read}";
    }

    // INT_CAUSE is IntCause; what is of one case is taken for a word.
    private static string Pascal(string name)
    {
        var words = name.Split('_', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => char.ToUpperInvariant(word[0]) + (word.Any(char.IsAsciiLetterLower) ? word[1..] : word[1..].ToLowerInvariant())).ToList();
        var joined = "";
        foreach (var word in words)
            joined += joined.Length > 0 && char.IsAsciiDigit(joined[^1]) && char.IsAsciiDigit(word[0]) ? $"_{word}" : word;
        return joined.Length == 0 || char.IsAsciiDigit(joined[0]) ? "_" + joined : joined;
    }

    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static string Xml(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal);
}
