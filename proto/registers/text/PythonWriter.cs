using System.Globalization;
using System.Text;

namespace Pcie.Registers.Text;

/// <summary>
/// Writes a map as a module of Python: constants, and REGISTERS, the same as a dictionary, which pcie_testkit takes for names.
/// </summary>
internal static class PythonWriter
{
    private static readonly HashSet<string> Keywords =
    [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except",
            "finally",
        "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with",
            "yield",
    ];

    /// <exception cref="InvalidDataException">Two things would have one name.</exception>
    public static string Of(DeviceMap map)
    {
        var (names, text) = (new Names("Python"), new StringBuilder());
        names.Take("REGISTERS", "the dictionary of all");
        text.Append(CultureInfo.InvariantCulture, $"# Registers of {map.Name}{(map.Description.Length == 0 ? "" : $": {map.Description}")}\n");
        foreach (var block in map.Blocks)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n# {Place(block)}: {(block.Title.Length == 0 ? block.Name : block.Title)}\n");
            foreach (var register in block.Registers) Append(text, names, register, PrefixOf(map, block) + register.Name);
        }
        text.Append("\n# Name: (BAR, offset, bits, reset value, {field: (lowest bit, bits, access)})\nREGISTERS = {\n");
        foreach (var block in map.Bars)
            foreach (var register in block.Registers)
            {
                text.Append(CultureInfo.InvariantCulture, $"    \"{PrefixOf(map, block)}{register.Name}\": ({block.Bar}, 0x{register.Offset:X3}, ");
                text.Append(CultureInfo.InvariantCulture, $"{register.Width}, 0x{register.Reset:X}, {{");
                text.AppendJoin(", ", register.Fields.Select(field => string.Create(CultureInfo.InvariantCulture,
                    $"\"{field.Name}\": ({field.LowestBit}, {field.Width}, \"{field.Access.Name}\")")));
                text.Append("}),\n");
            }
        return text.Append("}\n").ToString();
    }

    private static string Place(AddressBlock block) => block.Bar is { } bar ? $"BAR {bar}" : "Configuration space";

    private static string PrefixOf(DeviceMap map, AddressBlock block) =>
        map.Blocks.Count == 1 ? "" : block.Bar is { } bar ? $"BAR{bar}_" : "CONFIG_";

    private static void Append(StringBuilder text, Names names, MapRegister register, string name)
    {
        text.Append(CultureInfo.InvariantCulture,
            $"\n# {register.Width} bits{(register.Description.Length == 0 ? "" : $": {register.Description}")}\n");
        Define(names, text, name, $"0x{register.Offset:X3}", $"the offset of {register.Name}", "");
        Define(names, text, $"{name}_RESET", $"0x{register.Reset:X}", $"the reset value of {register.Name}", "");
        foreach (var field in register.Fields)
        {
            var (own, what) = ($"{name}_{field.Name}", $"{register.Name}.{field.Name}");
            Define(names, text, $"{own}_SHIFT", $"{field.LowestBit}", $"the shift of {what}",
                field.Description.Length == 0 ? field.Access.Name : $"{field.Access.Name}: {field.Description}");
            Define(names, text, $"{own}_MASK", $"0x{field.Mask:X}", $"the mask of {what}", "");
            foreach (var value in field.Values)
                Define(names, text, $"{own}_{value.Name}", $"0x{value.Value:X}", $"{value.Name} of {what}", value.Description);
        }
    }

    private static void Define(Names names, StringBuilder text, string name, string value, string what, string comment) => text.Append(
        CultureInfo.InvariantCulture,
        $"{names.Take(Keywords.Contains(name) ? name + "_" : name, what)} = {value}{(comment.Length == 0 ? "" : $"  # {comment}")}\n");
}
