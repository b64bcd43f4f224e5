using System.Globalization;
using System.Text;

namespace Pcie.Registers.Text;

/// <summary>
/// Writes a map as a header in Verilog: offsets, reset values, and bits of fields as macros, for the logic that the registers are in.
/// </summary>
internal static class VerilogWriter
{
    /// <exception cref="InvalidDataException">Two things would have one name.</exception>
    public static string Of(DeviceMap map)
    {
        var (names, text) = (new Names("Verilog header"), new StringBuilder());
        var device = map.Name.ToUpperInvariant();
        var guard = names.Take($"{device}_REGISTERS_VH", "the header");
        text.Append(CultureInfo.InvariantCulture,
            $"// Registers of {map.Name}{(map.Description.Length == 0 ? "" : $": {Comment(map.Description)}")}\n");
        text.Append(CultureInfo.InvariantCulture, $"`ifndef {guard}\n`define {guard}\n");
        foreach (var block in map.Blocks)
        {
            var place = block.Bar is { } bar ? $"BAR {bar}" : "Configuration space";
            text.Append(CultureInfo.InvariantCulture, $"\n// {place}: {Comment(block.Title.Length == 0 ? block.Name : block.Title)}\n");
            var prefix = device + (map.Blocks.Count == 1 ? "" : block.Bar is { } one ? $"_BAR{one}" : "_CONFIG");
            foreach (var register in block.Registers) Append(text, names, register, $"{prefix}_{register.Name}");
        }
        return text.Append("\n`endif\n").ToString();
    }

    private static void Append(StringBuilder text, Names names, MapRegister register, string name)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n// {register.Width} bits{Tail(register.Description)}\n");
        Define(names, text, name, $"'h{register.Offset:X3}", $"the offset of {register.Name}", "");
        Define(names, text, $"{name}_RESET", $"{register.Width}'h{register.Reset:X}", $"the reset value of {register.Name}", "");
        foreach (var field in register.Fields)
        {
            var bits = field.Width == 1 ? $"{field.LowestBit}" : $"{field.LowestBit + field.Width - 1}:{field.LowestBit}";
            Define(names, text, $"{name}_{field.Name}", bits, $"the bits of {register.Name}.{field.Name}",
                $"{field.Access.Name}{Tail(field.Description)}");
            foreach (var value in field.Values)
                Define(names, text, $"{name}_{field.Name}_{value.Name}", $"{field.Width}'h{value.Value:X}",
                    $"{value.Name} of {register.Name}.{field.Name}", Comment(value.Description));
        }
    }

    private static void Define(Names names, StringBuilder text, string name, string value, string what, string comment) => text.Append(
        CultureInfo.InvariantCulture, $"`define {names.Take(name, what)} {value}{(comment.Length == 0 ? "" : $" // {comment}")}\n");

    private static string Tail(string description) => description.Length == 0 ? "" : $": {Comment(description)}";

    // A comment goes to the end of its line; one that ends in a backslash would take the next one too.
    private static string Comment(string text) => text.ReplaceLineEndings(" ").Replace('\\', '/').Replace('`', '\'');
}
