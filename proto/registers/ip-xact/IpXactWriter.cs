using System.Globalization;
using System.Xml.Linq;
using Pcie.Registers.Reading;

namespace Pcie.Registers.IpXact;

/// <summary>Writes a map as an IP-XACT component, IEEE 1685-2014: a memory map for each block.</summary>
internal static class IpXactWriter
{
    private const string Uri = "http://www.accellera.org/XMLSchema/IPXACT/1685-2014";
    private static readonly XNamespace Ns = Uri;
    private static readonly XNamespace Instance = "http://www.w3.org/2001/XMLSchema-instance";

    public static XDocument Of(DeviceMap map) => new(new XElement(Ns + "component",
        new XAttribute(XNamespace.Xmlns + "ipxact", Uri), new XAttribute(XNamespace.Xmlns + "xsi", Instance),
        new XAttribute(Instance + "schemaLocation", $"{Uri} {Uri}/index.xsd"),
        Of("vendor", "vendor"), Of("library", "registers"), Of("name", map.Name), Of("version", "1.0"),
        new XElement(Ns + "memoryMaps", map.Blocks.Select(MemoryMap)),
        Optional("description", map.Description)));

    private static XElement MemoryMap(AddressBlock block) => new(Ns + "memoryMap",
        Of("name", block.Name), Optional("displayName", block.Title), Optional("description", block.Description),
        new XElement(Ns + "addressBlock",
            Of("name", "registers"), Of("baseAddress", "'h0"), Of("range", Hex(Math.Max(block.Size, 4))), Of("width", 32), Of("usage", "register"),
            block.Registers.Select(Register)),
        Of("addressUnitBits", 8));

    private static XElement Register(MapRegister register) => new(Ns + "register",
        Of("name", register.Name), Optional("description", register.Description), Of("addressOffset", Hex(register.Offset)), Of("size",
            register.Width),
        register.Fields.Where(field => AccessWords.Of(field.Access) is not null).Select(Field));

    private static XElement Field(MapField field)
    {
        var (access, write, read) = AccessWords.Of(field.Access)!.Value;
        return new XElement(Ns + "field",
            Of("name", field.Name), Optional("description", field.Description), Of("bitOffset", field.LowestBit),
            field.Reset is { } reset ? new XElement(Ns + "resets", new XElement(Ns + "reset", Of("value", Hex(reset)))) : null,
            Of("bitWidth", field.Width), Of("access", access),
            field.Values.Count == 0 ? null : new XElement(Ns + "enumeratedValues", field.Values.Select(value => new XElement(Ns + "enumeratedValue",
                Of("name", value.Name), Optional("description", value.Description), Of("value", Hex(value.Value))))),
            write is null ? null : Of("modifiedWriteValue", write), read is null ? null : Of("readAction", read));
    }

    private static XElement Of(string name, object value) => new(Ns + name, value);

    private static XElement? Optional(string name, string text) => text.Length == 0 ? null : Of(name, text);

    private static string Hex(ulong value) => string.Create(CultureInfo.InvariantCulture, $"'h{value:X}");
}
