using Pcie.Registers.Reading;

namespace Pcie.Registers.SystemRdl;

/// <summary>The fields of a register: their bits (10.1), and what software may do with them (9.4 and 9.6).</summary>
internal static class RdlFields
{
    public static List<PlacedField> Of(MapSource source, RdlNode register)
    {
        if (register.Flag("msb0")) throw source.Refusal(register.Line, "msb0: bits are numbered from the lowest here; turn them round");
        var fields = new List<PlacedField>();
        var next = 0;
        foreach (var child in register.Children.Where(child => child.Node.Kind == "field"))
        {
            var (instance, node) = (child.Instance, child.Node);
            int low, high;
            if (instance.High is { } left)
            {
                high = (int)RdlNode.Number(source, left, register.Scope, child.Name, 0, 1023);
                low = (int)RdlNode.Number(source, instance.Low!, register.Scope, child.Name, 0, 1023);
                if (low > high)
                    throw source.Refusal(instance.Line,
                        $"{child.Name}[{high}:{low}] has its bits from the highest on; expected the higher number first");
            }
            else
            {
                var width = child.Dimensions.Count > 0 ? child.Dimensions[0] : (int)(node.Number("fieldwidth", 1, 64) ?? 1);
                (low, high) = (next, next + width - 1);
            }
            next = high + 1;
            fields.Add(new(new MapField(child.Name, low, high - low + 1, AccessOf(source, child), ResetOf(source, register, child),
                RdlReader.Joined(node.Text("name"), node.Text("desc"))) { Values = ValuesOf(source, node) }, instance.Line));
        }
        return fields;
    }

    private static ulong? ResetOf(MapSource source, RdlNode register, RdlChild field)
    {
        if (field.Instance.Reset is { } own) return Constant(own, register.Scope);
        return field.Node.Get("reset") is { Expression: { } reset } value ? Constant(reset, value.Scope) : null;

        ulong? Constant(Expression reset, RdlScope scope)
        {
            if (reset is Expression.Name name && scope.Number(name.Path) is null || reset is Expression.Other)
            {
                source.Note(reset.Line, "a reset value that comes from a signal or another field is not carried");
                return null;
            }
            return RdlNode.Number(source, reset, scope, $"the reset value of {field.Name}", 0, ulong.MaxValue);
        }
    }

    private static FieldAccess AccessOf(MapSource source, RdlChild field)
    {
        var node = field.Node;
        var software = node.Word("sw") ?? "rw";
        var (readable, writes) = software switch
        {
            "rw" or "wr" => (true, WriteEffect.Stores),
            "r" => (true, WriteEffect.None),
            "w" => (false, WriteEffect.Stores),
            "rw1" => (true, WriteEffect.Once),
            "w1" => (false, WriteEffect.Once),
            "na" => (false, WriteEffect.None),
            _ => throw source.Refusal(node.Get("sw")!.Line, $"sw = {software}; expected rw, r, w, rw1, w1 or na"),
        };
        if (Side("onwrite", "woclr", "woset") is var (how, at))
        {
            if (writes == WriteEffect.None)
                throw source.Refusal(at, $"{field.Name} has sw = {software} and onwrite = {how}; a write has an effect only where there is one");
            writes = how switch
            {
                "woclr" => WriteEffect.OneClears,
                "woset" => WriteEffect.OneSets,
                "wot" => WriteEffect.OneToggles,
                "wzc" => WriteEffect.ZeroClears,
                "wzs" => WriteEffect.ZeroSets,
                "wzt" => WriteEffect.ZeroToggles,
                "wclr" => WriteEffect.Clears,
                "wset" => WriteEffect.Sets,
                "wuser" => Noted(at, writes),
                _ => throw source.Refusal(at, $"onwrite = {how}; expected woclr, woset, wot, wzc, wzs, wzt, wclr, wset or wuser"),
            };
        }
        var reads = ReadEffect.None;
        if (Side("onread", "rclr", "rset") is var (effect, where))
        {
            if (!readable)
                throw source.Refusal(where, $"{field.Name} has sw = {software} and onread = {effect}; a read has an effect only where there is one");
            reads = effect switch
            {
                "rclr" => ReadEffect.Clears,
                "rset" => ReadEffect.Sets,
                "ruser" => Noted(where, ReadEffect.None),
                _ => throw source.Refusal(where, $"onread = {effect}; expected rclr, rset or ruser"),
            };
        }
        return new FieldAccess(readable, writes, reads);

        // As one property with a word, or as one of two flags, as SystemRDL 1.0 has it.
        (string How, int Line)? Side(string property, string clears, string sets)
        {
            if (node.Word(property) is { } word) return (word, node.Get(property)!.Line);
            if (node.Flag(clears)) return (clears, node.Get(clears)!.Line);
            return node.Flag(sets) ? (sets, node.Get(sets)!.Line) : null;
        }

        T Noted<T>(int line, T otherwise)
        {
            source.Note(line, "what onwrite = wuser and onread = ruser do is hardware's, which a map does not carry");
            return otherwise;
        }
    }

    private static List<NamedValue> ValuesOf(MapSource source, RdlNode node)
    {
        if (node.Get("encode") is not { } encode) return [];
        if (encode.Expression is not Expression.Name name || encode.Scope.Enumeration(name.Path) is not var (enumeration, scope))
            throw source.Refusal(encode.Line, $"encode: there is no enum of that name here");
        var numbers = RdlEnums.Values(enumeration, scope);
        return [.. enumeration.Values.Select(value => numbers[value.Name] is var number && number >= 0 && number <= ulong.MaxValue
            ? new NamedValue(value.Name, (ulong)number, value.Description) : throw source.Refusal(value.Line,
                $"{value.Name} is {number}; expected 0 or more"))];
    }
}
