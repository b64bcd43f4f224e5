using CsCheck;

namespace Pcie.Registers.Tests;

/// <summary>Maps of all kinds: every access, widths, arrays of blocks, values, texts with what formats have a meaning of their own for.</summary>
internal static class RandomMaps
{
    // What quotes, ends comments, separates cells, begins markup.
    private static readonly string[] Texts =
    [
        "", "plain", "with \"quotes\" and 'more'", "a, b; c\td", "<tag> & entity &amp;", "back\\slash \\n", "*/ // /* #", "pipe | star * `tick`",
            "µ → ü 漢字",
        "{brace} [bracket] %s", "ends with \\",
    ];

    // Keywords of one format or another among them, which are names like any other to a map.
    private static readonly string[] Words =
        ["A", "b", "CTRL", "status_2", "reg", "field", "sw", "hw", "default", "enum", "in", "class", "None", "__x", "posedge", "alias", "LO", "x1",
            "register"];

    private static readonly FieldAccess[] Accesses = [.. FieldAccess.Every()];

    public static Gen<DeviceMap> Any { get; } =
        from name in From("card", "my_card")
        from description in From(Texts)
        from blocks in Block.List[1, 3]
        select new DeviceMap(name, Clean(description), [.. blocks.Select((block, i) => block with { Name = $"card_bar{i}", Bar = i })]);

    private static Gen<NamedValue> Value =>
        from name in From(Words)
        from value in Gen.ULong
        from description in From(Texts)
        select new NamedValue(name, value, Clean(description));

    private static Gen<MapField> Field =>
        from name in From(Words)
        from gap in Gen.Int[0, 5]
        from width in Gen.OneOf(Gen.Int[1, 4], Gen.Int[1, 64])
        from access in From(Accesses)
        from reset in Gen.ULong
        from hasReset in Gen.Bool
        from description in From(Texts)
        from values in Value.List[0, 3]
        select new MapField(name, gap, width, access, hasReset ? reset : null, Clean(description)) { Values = values };

    private static Gen<MapRegister> Register =>
        from name in From(Words)
        from gap in Gen.Int[0, 3]
        from width in From(8, 16, 32, 64)
        from description in From(Texts)
        from fields in Field.List[1, 6]
        select new MapRegister(name, (ulong)gap, width, Clean(description), Fitted(fields, width));

    private static Gen<AddressBlock> Block =>
        from title in From(Texts)
        from description in From(Texts)
        from registers in Register.List[1, 12]
        select new AddressBlock("", null, Clean(title), Clean(description), Placed(registers));

    private static Gen<T> From<T>(params T[] choices) => Gen.Int[0, choices.Length - 1].Select(i => choices[i]);

    // A text that begins or ends with space would be another one.
    private static string Clean(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    // One after the other, with gaps, under names of their own, as long as there is room.
    private static List<MapField> Fitted(List<MapField> wanted, int bits)
    {
        var fields = new List<MapField>();
        var next = 0;
        foreach (var one in wanted)
        {
            var low = fields.Count == 0 && bits < 16 ? 0 : next + one.LowestBit;
            if (low >= bits) break;
            var width = Math.Min(one.Width, bits - low);
            var ones = ulong.MaxValue >> (64 - width);
            var values = one.Values.Select(value => value with { Value = value.Value & ones }).DistinctBy(value => value.Value)
                .DistinctBy(value => value.Name).OrderBy(value => value.Value).ToList();
            fields.Add(one with
            {
                Name = $"{one.Name}{(fields.Any(other => other.Name == one.Name) ? $"_{fields.Count}" : "")}", LowestBit = low, Width = width,
                Reset = one.Reset & ones, Values = values,
            });
            next = low + width;
        }
        return fields;
    }

    private static List<MapRegister> Placed(List<MapRegister> wanted)
    {
        var registers = new List<MapRegister>();
        var next = 0UL;
        foreach (var one in wanted)
        {
            var alignment = (ulong)Math.Min(one.Bytes, 4);
            var offset = (next + one.Offset * 4 + alignment - 1) / alignment * alignment;
            registers.Add(one with { Name = $"{one.Name}{registers.Count}", Offset = offset });
            next = offset + (ulong)one.Bytes;
        }
        return registers;
    }
}
