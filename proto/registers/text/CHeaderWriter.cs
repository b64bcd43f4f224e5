using System.Globalization;
using System.Text;

namespace Pcie.Registers.Text;

/// <summary>Writes a map as a header in C: offsets, reset values, shifts and masks as macros, which a driver in the kernel can use too.</summary>
internal static class CHeaderWriter
{
    /// <exception cref="InvalidDataException">Two things would have one name.</exception>
    public static string Of(DeviceMap map)
    {
        var (names, text) = (new Names("C header"), new StringBuilder());
        var guard = names.Take($"{map.Name.ToUpperInvariant()}_REGISTERS_H", "the header");
        text.Append(CultureInfo.InvariantCulture,
            $"/* Registers of {map.Name}{(map.Description.Length == 0 ? "" : $": {Comment(map.Description)}")} */\n");
        text.Append(CultureInfo.InvariantCulture, $"#ifndef {guard}\n#define {guard}\n");
        foreach (var block in map.Blocks)
        {
            var place = block.Bar is { } bar ? $"BAR {bar}" : "Configuration space";
            text.Append(CultureInfo.InvariantCulture, $"\n/* {place}: {Comment(block.Title.Length == 0 ? block.Name : block.Title)} */\n");
            var prefix = map.Name.ToUpperInvariant() + (map.Blocks.Count == 1 ? "" : block.Bar is { } one ? $"_BAR{one}" : "_CONFIG");
            foreach (var register in block.Registers) Append(text, names, register, $"{prefix}_{register.Name}");
        }
        return text.Append("\n#endif\n").ToString();
    }

    private static void Append(StringBuilder text, Names names, MapRegister register, string name)
    {
        var suffix = register.Width > 32 ? "ULL" : "U";
        text.Append(CultureInfo.InvariantCulture, $"\n/* {register.Width} bits{Tail(register.Description)} */\n");
        Define(names, text, name, $"0x{register.Offset:X3}U", $"the offset of {register.Name}", "");
        Define(names, text, $"{name}_RESET", $"0x{register.Reset:X}{suffix}", $"the reset value of {register.Name}", "");
        foreach (var field in register.Fields)
        {
            var (own, what) = ($"{name}_{field.Name}", $"{register.Name}.{field.Name}");
            Define(names, text, $"{own}_SHIFT", $"{field.LowestBit}", $"the shift of {what}", $"{field.Access.Name}{Tail(field.Description)}");
            Define(names, text, $"{own}_MASK", $"0x{field.Mask:X}{suffix}", $"the mask of {what}", "");
            foreach (var value in field.Values)
                Define(names, text, $"{own}_{value.Name}", $"0x{value.Value:X}{suffix}", $"{value.Name} of {what}", Comment(value.Description));
        }
    }

    private static void Define(Names names, StringBuilder text, string name, string value, string what, string comment) => text.Append(
        CultureInfo.InvariantCulture, $"#define {names.Take(name, what)} {value}{(comment.Length == 0 ? "" : $" /* {comment} */")}\n");

    private static string Tail(string description) => description.Length == 0 ? "" : $": {Comment(description)}";

    // A comment has no end but its own, and begins no other.
    private static string Comment(string text) =>
        text.Replace("*/", "* /", StringComparison.Ordinal).Replace("/*", "/ *", StringComparison.Ordinal).Replace("\\", "/",
            StringComparison.Ordinal);
}
