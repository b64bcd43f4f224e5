using System.Xml.Linq;
using Pcie.Registers.Reading;

namespace Pcie.Registers.Svd;

/// <summary>
/// Reads CMSIS-SVD 1.3: peripherals, clusters, registers, fields and their values, arrays, derivedFrom. Peripherals that are named BAR0 and so on are
/// those BARs; all others lie in BAR 0 together, as far from each other as their base addresses say.
/// </summary>
internal sealed class SvdReader
{
    private readonly MapSource source;
    private readonly MapBuilder builder;
    private readonly SvdDerivation derivation;
    private readonly XElement device;

    private SvdReader(MapSource source, XElement device)
    {
        (this.source, this.device) = (source, device);
        builder = new MapBuilder(source);
        derivation = new SvdDerivation(source, device);
    }

    public static DeviceMap Read(MapSource source, XElement device) => new SvdReader(source, device).Read();

    private DeviceMap Read()
    {
        if (SvdNumber.Of(source, device, "addressUnitBits") is { } unit and not 8)
        {
            // A vendor's files say 32 and count bytes nevertheless.
            if (unit is not (16 or 32 or 64) || device.Descendants().Any(one =>
                one.Name.LocalName == "register" && SvdNumber.Of(source, one, "addressOffset") % (unit / 8) != 0))
                throw source.Refusal(device.Line(), $"addressUnitBits is {unit}; expected 8: addresses count bytes");
            source.Note(device.Line(), $"addressUnitBits is {unit}, and registers lie {unit / 8} apart: addresses are taken to count bytes");
        }
        if (device.Child("cpu")?.Text("endian") is "big")
            throw source.Refusal(device.Child("cpu")!.Line(), "endian is big: PCI Express is little-endian; swap the bytes, or leave it out");
        var properties = new SvdProperties(32, "read-write", 0, 0).Of(source, device);
        var peripherals = (device.Child("peripherals") ?? throw source.Refusal(device.Line(), "this device has no peripherals; expected some"))
            .Children("peripheral").SelectMany(Each).Where(peripheral => builder.Wants(peripheral.Name)).ToList();
        if (peripherals.Count == 1 || peripherals.All(one => MapBuilder.SaysItsPlace(one.Name)))
            foreach (var peripheral in peripherals)
                Fill(builder.Begin(peripheral.Name, "", peripheral.Element.Text("description") ?? "", peripheral.Element.Line()), peripheral.Element,
                    properties, "", 0);
        else
        {
            var lowest = peripherals.Min(peripheral => peripheral.Base);
            var block = builder.Begin(device.Text("name") ?? source.Stem, "", device.Text("description") ?? "", device.Line());
            foreach (var peripheral in peripherals)
                Fill(block, peripheral.Element, properties, $"{peripheral.Name}_", peripheral.Base - lowest);
        }
        return builder.Build(device.Text("name") ?? source.Stem, device.Text("description") ?? "");
    }

    private IEnumerable<(string Name, ulong Base, XElement Element)> Each(XElement element)
    {
        var whole = derivation.Whole(element);
        var at = SvdNumber.Required(source, whole, "baseAddress");
        return SvdNumber.Elements(source, whole, NameOf(whole)).Select(one => (one.Name, at + one.Offset, whole));
    }

    private void Fill(MapBuilder.Block block, XElement peripheral, SvdProperties properties, string prefix, ulong offset)
    {
        var (before, after) = (peripheral.Text("prependToName") ?? "", peripheral.Text("appendToName") ?? "");
        if (peripheral.Child("registers") is { } registers)
            Add(block, registers, properties.Of(source, peripheral), prefix + before, after, offset, 0);
    }

    private void Add(MapBuilder.Block block, XElement list, SvdProperties properties, string prefix, string suffix, ulong offset, int depth)
    {
        foreach (var element in list.Elements())
        {
            var kind = element.Name.LocalName;
            if (kind is not ("register" or "cluster")) continue;
            var whole = derivation.Whole(element);
            if (whole.Child("alternateRegister") is not null || whole.Child("alternateGroup") is not null
                || whole.Child("alternateCluster") is not null)
            {
                source.Note(whole.Line(), "an alternate register is another view of one that is there, and is left out");
                continue;
            }
            var at = offset + SvdNumber.Required(source, whole, "addressOffset", 1UL << 31);
            var own = properties.Of(source, whole);
            foreach (var (name, distance) in SvdNumber.Elements(source, whole, NameOf(whole)))
                if (kind == "register") AddRegister(block, whole, own, prefix + name + suffix, at + distance);
                else if (depth < 16) Add(block, whole, own, $"{prefix}{name}_", suffix, at + distance, depth + 1);
                else throw source.Refusal(whole.Line(), "clusters nested deeper than 16");
        }
    }

    private void AddRegister(MapBuilder.Block block, XElement register, SvdProperties properties, string name, ulong offset)
    {
        var fields = new List<PlacedField>();
        foreach (var element in register.Child("fields")?.Children("field") ?? [])
        {
            var field = derivation.Whole(element);
            var (low, width) = BitsOf(field);
            var access = AccessOf(register, field, properties);
            var values = (field.Children("enumeratedValues") ?? []).Select(derivation.Whole).ToList();
            // Values may differ by direction; those for reading say what it is.
            var shown = values.Find(one => one.Text("usage") is not "write") ?? values.FirstOrDefault();
            if (values.Count > 1) source.Note(field.Line(), "of values for reading and for writing, those for reading are carried");
            foreach (var (fieldName, distance) in SvdNumber.Elements(source, field, NameOf(field)))
                fields.Add(new(new MapField(fieldName, low + (int)distance, width, access, ResetOf(properties, low + (int)distance, width),
                    field.Text("description") ?? "") { Values = ValuesOf(shown) }, field.Line()));
        }
        if (fields.Count == 0 && properties.Size is > 0 and <= 64)
            fields.Add(new(new MapField("VALUE", 0, properties.Size, AccessOf(register, register, properties),
                ResetOf(properties, 0, properties.Size)), register.Line()));
        block.Add(name, offset, properties.Size, register.Text("description") ?? register.Text("displayName") ?? "", fields, register.Line());
    }

    private FieldAccess AccessOf(XElement register, XElement field, SvdProperties properties) => AccessWords.Read(source, field.Line(),
        field.Text("access") ?? properties.Access,
        field.Text("modifiedWriteValues") ?? register.Text("modifiedWriteValues"),
        field.Text("readAction") ?? register.Text("readAction"));

    private (int Low, int Width) BitsOf(XElement field)
    {
        if (SvdNumber.Of(source, field, "bitOffset", 1023) is { } offset)
            return ((int)offset, (int)(SvdNumber.Of(source, field, "bitWidth", 1024) ?? 1));
        if (SvdNumber.Of(source, field, "lsb", 1023) is { } lsb)
            return Between(lsb, SvdNumber.Required(source, field, "msb", 1023), field);
        if (field.Text("bitRange") is { } range && range.StartsWith('[') && range.EndsWith(']') && range[1..^1].Split(':') is [var high, var low]
            && Numbers.TryPlain(high, out var h) && Numbers.TryPlain(low, out var l) && h < 1024)
            return Between(l, h, field);
        throw source.Refusal(field.Line(), $"{NameOf(field)} has no bits; expected bitOffset and bitWidth, lsb and msb, or bitRange as in [7:4]");
    }

    private (int Low, int Width) Between(ulong low, ulong high, XElement field) => low <= high ? ((int)low, (int)(high - low) + 1)
        : throw source.Refusal(field.Line(), $"{NameOf(field)} has its bits from {low} to {high}; expected the lower one to be the lsb");

    private static ulong? ResetOf(SvdProperties properties, int low, int width)
    {
        if (width is < 1 or > 64 || low > 63) return null;
        var ones = ulong.MaxValue >> (64 - width);
        return (properties.ResetMask >> low & ones) == ones ? properties.Reset >> low & ones : null;
    }

    private List<NamedValue> ValuesOf(XElement? values)
    {
        var list = new List<NamedValue>();
        foreach (var value in values?.Children("enumeratedValue") ?? [])
        {
            var text = value.Text("value") ?? "";
            if (value.Text("isDefault") is "true" or "1") source.Note(value.Line(), "a name for all other values is not carried");
            else if (text.StartsWith('#') && text.Contains('x', StringComparison.OrdinalIgnoreCase)
                || text.StartsWith("0b", StringComparison.OrdinalIgnoreCase) && text.Contains('x', StringComparison.OrdinalIgnoreCase))
                source.Note(value.Line(), "a name for several values at once is not carried");
            else if (Numbers.TryScaled(text, out var number))
                list.Add(new NamedValue(value.Text("name") ?? $"_{number}", number, value.Text("description") ?? ""));
            else throw source.Refusal(value.Line(), $"value '{text}'; expected a number, as in 2 or #10");
        }
        return list;
    }

    private string NameOf(XElement element) =>
        element.Text("name") ?? throw source.Refusal(element.Line(), $"this {element.Name.LocalName} has no name; expected one");
}
