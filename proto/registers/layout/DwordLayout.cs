namespace Pcie.Registers.Layout;

/// <summary>
/// Registers of any width as registers of 32 bits: one of 64 bits is two, _LO and _HI; those that share four bytes are one, of all their names, whose
/// fields have the name of their register before their own.
/// </summary>
public static class DwordLayout
{
    /// <summary>The registers of a block, by rising offset.</summary>
    public static IEnumerable<DwordRegister> Of(AddressBlock block)
    {
        var taken = new HashSet<string>();
        foreach (var group in block.Registers.SelectMany(Parts).GroupBy(part => part.Offset).OrderBy(group => group.Key))
        {
            var parts = group.ToList();
            var one = parts.Count == 1 ? parts[0] : new DwordRegister(
                string.Join('_', parts.Select(part => part.Name)), group.Key, string.Join("; ", parts.Where(part =>
                    part.Description.Length > 0).Select(part =>
                    $"{part.Name}: {part.Description}")),
                [.. parts.SelectMany(part => part.Fields.Select(field => field with { Name = $"{part.Name}_{field.Name}" }))]);
            // A name that is made of others can be one that is there; the file's own come first.
            for (var (name, i) = (one.Name, 2); !taken.Add(one.Name); i++) one = one with { Name = $"{name}_{i}" };
            yield return one;
        }
    }

    private static IEnumerable<DwordRegister> Parts(MapRegister register)
    {
        var shift = (int)(register.Offset & 3) * 8;
        var offset = (uint)(register.Offset & ~3UL);
        if (register.Width < 64)
            return [new DwordRegister(register.Name, offset, register.Description, [.. register.Fields.Select(field => field with
            {
                LowestBit = field.LowestBit + shift,
            })])];
        return
        [
            new DwordRegister($"{register.Name}_LO", offset, Named("31..0"), [.. register.Fields.SelectMany(field => Half(field, 0))]),
            new DwordRegister($"{register.Name}_HI", offset + 4, Named("63..32"), [.. register.Fields.SelectMany(field => Half(field, 32))]),
        ];

        string Named(string bits) => register.Description.Length == 0 ? $"bits {bits}" : $"{register.Description}, bits {bits}";
    }

    private static IEnumerable<MapField> Half(MapField field, int from)
    {
        var (low, high) = (Math.Max(field.LowestBit, from), Math.Min(field.HighestBit, from + 31));
        if (low > high) yield break;
        var (width, cut) = (high - low + 1, low - field.LowestBit);
        yield return field with
        {
            LowestBit = low - from, Width = width, Reset = field.Reset >> cut & ulong.MaxValue >> (64 - width),
            // Half of a number has no name.
            Values = width == field.Width ? field.Values : [],
        };
    }
}
