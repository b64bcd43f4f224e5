using System.Xml.Linq;
using Pcie.Registers.Reading;

namespace Pcie.Registers.IpXact;

/// <summary>
/// Reads the memory maps of an IP-XACT component, IEEE 1685-2014 and 1685-2022, and 1685-2009 and its forerunners by SPIRIT, which tools still write:
/// address blocks, register files, registers, fields, arrays, values, parameters and expressions. Each memory map is a BAR.
/// </summary>
internal sealed class IpXactReader
{
    private const int Deepest = 16;
    private const ulong MostAddress = 1UL << 40;

    private readonly MapSource source;
    private readonly MapBuilder builder;
    private readonly XElement component;
    private readonly Dictionary<string, XElement> parameters = [];
    private int evaluating;

    private IpXactReader(MapSource source, XElement component)
    {
        (this.source, this.component) = (source, component);
        builder = new MapBuilder(source);
    }

    public static DeviceMap Read(MapSource source, XElement component) => new IpXactReader(source, component).Read();

    private DeviceMap Read()
    {
        // Whatever has parameters, an address block or the RTL's module too: an ID is of the whole component.
        foreach (var parameter in component.Descendants().Where(one => one.Name.LocalName is "parameter" or "moduleParameter"))
            if (parameter.Child("value") is { } value && parameter.Attribute("parameterId")?.Value is { } id) parameters[id] = value;
        foreach (var parameter in component.Child("parameters")?.Children("parameter") ?? [])
            if (parameter.Child("value") is { } value && parameter.Text("name") is { } name) parameters.TryAdd(name, value);
        var maps = component.Child("memoryMaps")?.Children("memoryMap").ToList() ?? [];
        foreach (var map in maps)
        {
            var (mapName, placed) = (NameOf(map), Blocks(map, 0, 0).ToList());
            var blocks = placed.ConvertAll(one => one.Block);
            if (map.Child("addressUnitBits") is { } unit && Number(unit, 1024) is var bits and not 8)
                throw source.Refusal(unit.Line(), $"addressUnitBits is {bits}; expected 8: addresses count bytes");
            foreach (var other in map.Elements().Where(one =>
                one.Name.LocalName is "subspaceMap" or "memoryRemap" or "memoryMapDefinitionRef"))
                source.Note(other.Line(), $"{other.Name.LocalName} is not carried");
            var one = blocks.Find(block => NameOf(block) == source.Only);
            if (one is null && !builder.Wants(mapName))
            {
                foreach (var block in blocks) builder.Wants(NameOf(block));
                continue;
            }
            if (mapName == source.Only) one = null;
            var begun = one ?? map;
            var into = builder.Begin(NameOf(begun), begun.Text("displayName") ?? "", begun.Text("description") ?? "", begun.Line());
            foreach (var (block, at) in one is null ? placed : [(one, 0)]) AddBlock(into, block, at, one is null && blocks.Count > 1);
        }
        return builder.Build(component.Text("name") ?? source.Stem, component.Text("description") ?? "");
    }

    // Blocks of a serial bank follow each other; those of a parallel one are columns of a wider memory.
    private IEnumerable<(XElement Block, ulong At)> Blocks(XElement list, ulong at, int depth)
    {
        foreach (var element in list.Elements().Where(one => one.Name.LocalName is "addressBlock" or "bank").Where(IsPresent))
        {
            var own = at + (Number(element, "baseAddress", MostAddress) ?? 0);
            var isBank = element.Name.LocalName == "bank";
            if (isBank && element.Attribute("bankAlignment")?.Value != "serial")
            {
                source.Note(element.Line(), "a bank whose blocks are parallel is not carried");
                continue;
            }
            if (depth > Deepest) throw source.Refusal(element.Line(), $"banks nested deeper than {Deepest}");
            List<(XElement Block, ulong At)> inner = isBank ? [.. Blocks(element, own, depth + 1)] : [(element, own)];
            foreach (var one in inner) yield return one;
            if (list.Name.LocalName == "bank") at += inner.Aggregate(0UL, (sum, one) => sum + (Number(one.Block, "range", MostAddress) ?? 0));
        }
    }

    private void AddBlock(MapBuilder.Block into, XElement block, ulong at, bool withItsName)
    {
        if (block.Text("usage") is "memory" or "reserved")
        {
            source.Note(block.Line(), $"an address block for {block.Text("usage")} is not carried");
            return;
        }
        Add(into, block, AccessOf(block) ?? "read-write", withItsName ? $"{NameOf(block)}_" : "", at, 0);
    }

    private void Add(MapBuilder.Block into, XElement list, string access, string prefix, ulong offset, int depth)
    {
        foreach (var element in list.Elements())
        {
            var kind = element.Name.LocalName;
            if (kind.EndsWith("DefinitionRef", StringComparison.Ordinal))
                throw source.Refusal(element.Line(), $"{kind} is to another file; expected the definition itself: have your tool write it out");
            if (kind is not ("register" or "registerFile") || !IsPresent(element)) continue;
            if (element.Child("alternateRegisters") is { } alternate) source.Note(alternate.Line(),
                "alternate registers are other views, and are left out");
            if (element.Elements().FirstOrDefault(child => child.Name.LocalName.EndsWith("DefinitionRef", StringComparison.Ordinal)) is { } reference)
                throw source.Refusal(reference.Line(),
                    $"{reference.Name.LocalName} is to a type; expected the definition itself: have your tool write it out");
            var own = AccessOf(element) ?? access;
            var at = offset + (Number(element, "addressOffset", MostAddress)
                ?? throw source.Refusal(element.Line(), $"{NameOf(element)} has no addressOffset; expected one"));
            var size = kind == "register" ? RegisterSize(element) : 0;
            var stride = kind == "register" ? (ulong)(size + 7) / 8 : Number(element, "range", MostAddress) ?? 0;
            foreach (var (name, distance) in Elements(element, stride))
                if (kind == "register") AddRegister(into, element, own, size, prefix + name, at + distance);
                else if (depth < Deepest) Add(into, element, own, $"{prefix}{name}_", at + distance, depth + 1);
                else throw source.Refusal(element.Line(), $"register files nested deeper than {Deepest}");
        }
    }

    // 2014 has the dimensions in the element, 2022 in an array of it, where the distance can be said too.
    private IEnumerable<(string Name, ulong Offset)> Elements(XElement element, ulong stride)
    {
        var array = element.Child("array");
        // Kactus2 writes 0 for what is no array.
        var sizes = (array ?? element).Children("dim").Select(dim => Number(dim, DeviceMap.MostRegisters)).Where(size => size > 0).ToList();
        if (array?.Child("stride") is { } own) stride = Number(own, 1UL << 31);
        if (array?.Child("bitStride") is { } bits) stride = Number(bits, 1UL << 31) / 8;
        var total = sizes.Aggregate(1UL, (product, size) => Math.Min(product * size, 1UL << 32));
        if (total > DeviceMap.MostRegisters)
            throw source.Refusal(element.Line(), $"{NameOf(element)} has {total} elements; expected {DeviceMap.MostRegisters} at the most: describe "
                + "memory as memory");
        for (var i = 0UL; i < total; i++)
        {
            var (rest, indices) = (i, "");
            foreach (var size in Enumerable.Reverse(sizes))
            {
                indices = $"_{rest % size}{indices}";
                rest /= size;
            }
            yield return (NameOf(element) + indices, i * stride);
        }
    }

    private int RegisterSize(XElement register) => (int)(Number(register, "size", 1024) ?? Number(register.Parent!, "width", 1024) ?? 32);

    private void AddRegister(MapBuilder.Block into, XElement register, string access, int size, string name, ulong offset)
    {
        // Before 2014 the register has the reset value, and not its fields.
        var reset = register.Child("reset");
        var whole = reset is null ? null : Number(reset, "value", ulong.MaxValue);
        var mask = reset is null ? 0 : Number(reset, "mask", ulong.MaxValue) ?? ulong.MaxValue;
        var fields = register.Children("field").Where(IsPresent).SelectMany(field =>
            FieldsOf(field, access, whole, mask).Select(one => new PlacedField(one, field.Line()))).ToList();
        if (fields.Count == 0 && size is > 0 and <= 64)
            fields.Add(new(new MapField("VALUE", 0, size, AccessWords.Read(source, register.Line(), access, null, null), Part(whole, mask, 0, size)),
                register.Line()));
        into.Add(name, offset, size, register.Text("description") ?? register.Text("displayName") ?? "", fields, register.Line());
    }

    private IEnumerable<MapField> FieldsOf(XElement field, string access, ulong? whole, ulong mask)
    {
        if (field.Child("fieldDefinitionRef") is { } reference)
            throw source.Refusal(reference.Line(), "fieldDefinitionRef is to a type; expected the definition itself: have your tool write it out");
        var low = (int)(Number(field, "bitOffset", 1023) ?? throw source.Refusal(field.Line(), $"{NameOf(field)} has no bitOffset; expected one"));
        var width = (int)(Number(field, "bitWidth", 1024) ?? 1);
        // 2022: what may be done, and what that does, is a policy; the first that is there counts.
        var policies = field.Child("fieldAccessPolicies")?.Children("fieldAccessPolicy").ToList() ?? [];
        if (policies.Count > 1) source.Note(field.Line(), "of several access policies the first is carried");
        var policy = policies.FirstOrDefault() ?? field;
        var how = AccessWords.Read(source, field.Line(), policy.Text("access") ?? AccessOf(field) ?? access,
            policy.Text("modifiedWriteValue"), policy.Text("readAction"));
        if (field.Child("testable")?.Value is "false") source.Note(field.Line(), "testable is not carried");
        var resets = field.Child("resets")?.Children("reset").ToList() ?? [];
        if (resets.Count > 1) source.Note(field.Line(), "of several resets the hard one is carried, or the first");
        var hard = resets.Find(one => one.Attribute("resetTypeRef")?.Value is null or "HARD") ?? resets.FirstOrDefault();
        var reset = hard is null ? Part(whole, mask, low, width) : ResetOf(hard, width);
        var values = ValuesOf(field);
        foreach (var (name, distance) in Elements(field, (ulong)width))
            yield return new MapField(name, low + (int)Math.Min(distance, 1024), width, how, reset, field.Text("description")
                ?? "") { Values = values };
    }

    private List<NamedValue> ValuesOf(XElement field)
    {
        var values = new List<NamedValue>();
        foreach (var value in field.Child("enumeratedValues")?.Children("enumeratedValue") ?? [])
        {
            if (value.Attribute("usage")?.Value is "write")
            {
                source.Note(value.Line(), "names of values that are for writing only are not carried");
                continue;
            }
            var number = value.Child("value") ?? throw source.Refusal(value.Line(), $"{NameOf(value)} has no value; expected one");
            values.Add(new NamedValue(NameOf(value), Number(number, ulong.MaxValue), value.Text("description") ?? value.Text("displayName") ?? ""));
        }
        return values;
    }

    // A value that does not fit is for the one who looks at fields to refuse.
    private ulong? ResetOf(XElement reset, int width)
    {
        var value = Number(reset, "value", ulong.MaxValue);
        return width is < 1 or > 64 || value > ulong.MaxValue >> (64 - width) ? value
            : Part(value, Number(reset, "mask", ulong.MaxValue) ?? ulong.MaxValue, 0, width);
    }

    private static ulong? Part(ulong? value, ulong mask, int low, int width)
    {
        if (value is null || width is < 1 or > 64 || low > 63) return null;
        var ones = ulong.MaxValue >> (64 - width);
        return (mask >> low & ones) == ones ? value >> low & ones : null;
    }

    // 2022 has policies for registers and blocks too.
    private static string? AccessOf(XElement element) =>
        element.Text("access") ?? element.Child("accessPolicies")?.Child("accessPolicy")?.Text("access");

    private bool IsPresent(XElement element) => element.Child("isPresent") is not { } present || Number(present, ulong.MaxValue) != 0;

    private string NameOf(XElement element) =>
        element.Text("name") ?? throw source.Refusal(element.Line(), $"this {element.Name.LocalName} has no name; expected one");

    private ulong? Number(XElement parent, string name, ulong most) => parent.Child(name) is { } child ? Number(child, most) : null;

    private ulong Number(XElement element, ulong most)
    {
        var text = element.Value.Trim();
        if (!Numbers.TryScaled(text, out var number))
        {
            var value = ValueOf(element);
            if (value < 0 || value > ulong.MaxValue) throw source.Refusal(element.Line(),
                $"{element.Name.LocalName} is {value}; expected 0 to {most}");
            number = (ulong)value;
        }
        return number <= most ? number : throw source.Refusal(element.Line(), $"{element.Name.LocalName} is {number}; expected {most} at the most");
    }

    private Int128 ValueOf(XElement element)
    {
        var text = element.Value.Trim();
        if (text.Length == 0) throw source.Refusal(element.Line(), $"{element.Name.LocalName} is empty; expected a number");
        return Numbers.TryScaled(text, out var number) ? number : ExpressionParser.Read(source, text, element.Line()).Evaluate(source, Parameter);
    }

    private Int128? Parameter(string name)
    {
        if (!parameters.TryGetValue(name, out var value)) return null;
        if (evaluating > Deepest) throw source.Refusal(value.Line(), $"the parameter {name} goes round in a circle");
        evaluating++;
        var number = ValueOf(value);
        evaluating--;
        return number;
    }
}
