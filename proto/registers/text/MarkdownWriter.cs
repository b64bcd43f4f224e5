using System.Globalization;
using System.Text;

namespace Pcie.Registers.Text;

/// <summary>Writes a map as a data sheet.</summary>
public static class MarkdownWriter
{
    /// <summary>The whole page.</summary>
    public static string Of(DeviceMap map)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Registers of {map.Name}\n\n");
        if (map.Description.Length > 0) text.Append(CultureInfo.InvariantCulture, $"{map.Description}\n\n");
        return text.Append(Blocks(map)).ToString();
    }

    /// <summary>What each access means that a map's fields have.</summary>
    public static string Accesses(IEnumerable<FieldAccess> accesses)
    {
        var text = new StringBuilder("| Access | Meaning |\n|---|---|\n");
        foreach (var access in accesses.Distinct().OrderBy(access => access.Name, StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture, $"| {access.Name} | {Meaning(access)} |\n");
        return text.ToString();
    }

    /// <summary>A section for each block: its registers, then the fields of each.</summary>
    public static string Blocks(DeviceMap map)
    {
        var text = new StringBuilder();
        foreach (var block in map.Blocks)
        {
            text.Append(CultureInfo.InvariantCulture, $"## {TitleOf(block)}\n\n");
            if (block.Description.Length > 0) text.Append(CultureInfo.InvariantCulture, $"{block.Description}\n\n");
            text.Append("| Offset | Register | Reset | Purpose |\n|---|---|---|---|\n");
            foreach (var register in block.Registers)
                text.Append(CultureInfo.InvariantCulture,
                    $"| 0x{register.Offset:X3} | `{register.Name}` | 0x{Padded(register)} | {Cell(register.Description)} |\n");
            text.Append('\n');
            foreach (var register in block.Registers.Where(register => register.Fields.Count > 0)) Fields(text, register);
        }
        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static string TitleOf(AddressBlock block) =>
        block.Title.Length > 0 ? block.Title : block.Bar is { } bar ? $"BAR {bar}: {block.Name}" : block.Name;

    private static void Fields(StringBuilder text, MapRegister register)
    {
        text.Append(CultureInfo.InvariantCulture, $"### {register.Name} (0x{register.Offset:X3})\n\n");
        text.Append("| Bits | Field | Access | Reset | Meaning |\n|---|---|---|---|---|\n");
        foreach (var field in register.Fields)
            text.Append(CultureInfo.InvariantCulture,
                $"| {field.Bits} | `{field.Name}` | {field.Access} | {ResetOf(field)} | {Cell(MeaningOf(field))} |\n");
        text.Append('\n');
    }

    private static string Padded(MapRegister register) => register.Reset.ToString($"X{register.Width / 4}", CultureInfo.InvariantCulture);

    private static string ResetOf(MapField field) => field.Reset is { } reset ? string.Create(CultureInfo.InvariantCulture, $"0x{reset:X}") : "–";

    private static string MeaningOf(MapField field) => string.Join("; ", field.Values
        .Select(value => $"{value.Value}: {value.Name}{(value.Description.Length == 0 ? "" : $", {value.Description}")}")
        .Prepend(field.Description).Where(part => part.Length > 0));

    private static string Cell(string sentence) => sentence.Replace("|", "\\|", StringComparison.Ordinal);

    private static string Meaning(FieldAccess access)
    {
        if (access == new FieldAccess(false, WriteEffect.Stores)) return "Reads as zero; what is written acts.";
        var read = (access.IsReadable, access.Read) switch
        {
            (false, _) => "Reads as zero", (_, ReadEffect.Clears) => "Reading clears", (_, ReadEffect.Sets) => "Reading sets all bits", _ => "",
        };
        var write = access.Write switch
        {
            WriteEffect.None => read.Length == 0 ? "Read only" : "writes change nothing",
            WriteEffect.Stores => read.Length == 0 ? "Read and write" : "a write is kept",
            WriteEffect.OneClears => "a bit written as 1 becomes 0",
            WriteEffect.OneSets => "a bit written as 1 becomes 1",
            WriteEffect.OneToggles => "a bit written as 1 is inverted",
            WriteEffect.ZeroClears => "a bit written as 0 becomes 0",
            WriteEffect.ZeroSets => "a bit written as 0 becomes 1",
            WriteEffect.ZeroToggles => "a bit written as 0 is inverted",
            WriteEffect.Clears => "any write clears",
            WriteEffect.Sets => "any write sets all bits",
            _ => "the first write after a reset is kept",
        };
        var sentence = read.Length == 0 ? write : $"{read}; {write}";
        return $"{char.ToUpperInvariant(sentence[0])}{sentence[1..]}.";
    }
}
