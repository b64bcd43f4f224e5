using System.Globalization;
using System.Text;

namespace Pcie.Registers.SystemRdl;

/// <summary>Writes a map in SystemRDL 2.0 (Accellera, January 2018): an address map for each block.</summary>
internal static class RdlWriter
{
    private static readonly HashSet<string> Keywords =
    [
        "abstract", "accesstype", "addressingtype", "addrmap", "alias", "all", "bit", "boolean", "bothedge", "compact", "component", "componentwidth",
        "constraint", "default", "encode", "enum", "external", "false", "field", "fullalign", "hw", "inside", "internal", "level", "longint", "mem",
            "na",
        "negedge", "nonsticky", "number", "onreadtype", "onwritetype", "posedge", "property", "r", "rclr", "ref", "reg", "regalign", "regfile",
            "rset",
        "ruser", "rw", "rw1", "signal", "string", "struct", "sw", "this", "true", "type", "unsigned", "w", "w1", "wclr", "woclr", "woset", "wot",
            "wr",
        "wset", "wuser", "wzc", "wzs", "wzt",
    ];

    public static string Of(DeviceMap map)
    {
        var text = new StringBuilder();
        foreach (var block in map.Blocks)
        {
            text.Append(CultureInfo.InvariantCulture, $"addrmap {Word(block.Name)} {{\n");
            if (block.Title.Length > 0) text.Append(CultureInfo.InvariantCulture, $"    name = {Quoted(block.Title)};\n");
            if (block.Description.Length > 0) text.Append(CultureInfo.InvariantCulture, $"    desc = {Quoted(block.Description)};\n");
            text.Append("    littleendian;\n    lsb0;\n    default regwidth = 32;\n    default accesswidth = 32;\n");
            foreach (var register in block.Registers) Append(text, register);
            text.Append("};\n\n");
        }
        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static void Append(StringBuilder text, MapRegister register)
    {
        text.Append("\n    reg {\n");
        if (register.Width != 32) text.Append(CultureInfo.InvariantCulture, $"        regwidth = {register.Width};\n");
        if (register.Width < 32) text.Append(CultureInfo.InvariantCulture, $"        accesswidth = {register.Width};\n");
        if (register.Description.Length > 0) text.Append(CultureInfo.InvariantCulture, $"        desc = {Quoted(register.Description)};\n");
        foreach (var field in register.Fields.Where(field => field.Values.Count > 0)) AppendValues(text, field);
        foreach (var field in register.Fields)
        {
            text.Append(CultureInfo.InvariantCulture, $"        field {{ {AccessOf(field.Access)}");
            if (field.Description.Length > 0) text.Append(CultureInfo.InvariantCulture, $" desc = {Quoted(field.Description)};");
            if (field.Values.Count > 0) text.Append(CultureInfo.InvariantCulture, $" encode = {field.Name}_e;");
            text.Append(CultureInfo.InvariantCulture, $" }} {Word(field.Name)}[{field.HighestBit}:{field.LowestBit}]");
            if (field.Reset is { } reset) text.Append(CultureInfo.InvariantCulture, $" = 0x{reset:X}");
            text.Append(";\n");
        }
        text.Append(CultureInfo.InvariantCulture, $"    }} {Word(register.Name)} @ 0x{register.Offset:X3};\n");
    }

    private static void AppendValues(StringBuilder text, MapField field)
    {
        text.Append(CultureInfo.InvariantCulture, $"        enum {field.Name}_e {{\n");
        foreach (var value in field.Values)
        {
            text.Append(CultureInfo.InvariantCulture, $"            {Word(value.Name)} = {field.Width}'h{value.Value:X}");
            if (value.Description.Length > 0) text.Append(CultureInfo.InvariantCulture, $" {{ desc = {Quoted(value.Description)}; }}");
            text.Append(";\n");
        }
        text.Append("        };\n");
    }

    // 9.4 and 9.6: what software may do, what hardware may do, and the side effects of either.
    private static string AccessOf(FieldAccess access)
    {
        var software = (access.IsReadable, access.Write) switch
        {
            (true, WriteEffect.None) => "r", (true, WriteEffect.Once) => "rw1", (true, _) => "rw",
            (false, WriteEffect.None) => "na", (false, WriteEffect.Once) => "w1", _ => "w",
        };
        // What software cannot keep is hardware's to write.
        var hardware = access.Write switch
        {
            WriteEffect.None => "w", WriteEffect.Stores or WriteEffect.Once when access.Read == ReadEffect.None => "r", _ => "rw",
        };
        if (access.Read != ReadEffect.None) hardware = "rw";
        var write = access.Write switch
        {
            WriteEffect.OneClears => " onwrite = woclr;", WriteEffect.OneSets => " onwrite = woset;", WriteEffect.OneToggles => " onwrite = wot;",
            WriteEffect.ZeroClears => " onwrite = wzc;", WriteEffect.ZeroSets => " onwrite = wzs;", WriteEffect.ZeroToggles => " onwrite = wzt;",
            WriteEffect.Clears => " onwrite = wclr;", WriteEffect.Sets => " onwrite = wset;", _ => "",
        };
        var read = access.Read switch { ReadEffect.Clears => " onread = rclr;", ReadEffect.Sets => " onread = rset;", _ => "" };
        return $"sw = {software}; hw = {hardware};{write}{read}";
    }

    private static string Word(string name) => Keywords.Contains(name) ? $"\\{name}" : name;

    private static string Quoted(string sentence) =>
        $"\"{sentence.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
