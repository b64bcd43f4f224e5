using System.Globalization;
using System.Xml.Linq;
using Pcie.Registers.Reading;

namespace Pcie.Registers.Svd;

/// <summary>Writes a map in CMSIS-SVD 1.3: a peripheral for each block.</summary>
internal static class SvdWriter
{
    private static readonly XNamespace Instance = "http://www.w3.org/2001/XMLSchema-instance";

    public static XDocument Of(DeviceMap map) => new(new XElement("device",
        new XAttribute("schemaVersion", "1.3"), new XAttribute(XNamespace.Xmlns + "xs", Instance),
        new XAttribute(Instance + "noNamespaceSchemaLocation", "CMSIS-SVD.xsd"),
        new XElement("name", map.Name), new XElement("version", "1.0"), new XElement("description", map.Description),
        new XElement("addressUnitBits", 8), new XElement("width", 32), new XElement("size", 32),
        new XElement("peripherals", map.Blocks.Select(Peripheral))));

    private static XElement Peripheral(AddressBlock block) => new("peripheral",
        new XElement("name", block.Name), Optional("description", block.Description), new XElement("baseAddress", "0x0"),
        new XElement("addressBlock", new XElement("offset", "0x0"), new XElement("size", Hex(block.Size)), new XElement("usage", "registers")),
        new XElement("registers", block.Registers.Select(Register)));

    private static XElement Register(MapRegister register) => new("register",
        new XElement("name", register.Name), Optional("description", register.Description), new XElement("addressOffset", Hex(register.Offset)),
        new XElement("size", register.Width), new XElement("resetValue", Hex(register.Reset)),
        new XElement("resetMask", Hex(register.Fields.Where(field => field.Reset is not null).Aggregate(0UL, (mask, field) => mask | field.Mask))),
        new XElement("fields", register.Fields.Where(field => AccessWords.Of(field.Access) is not null).Select(Field)));

    private static XElement Field(MapField field)
    {
        var (access, write, read) = AccessWords.Of(field.Access)!.Value;
        return new XElement("field",
            new XElement("name", field.Name), Optional("description", field.Description), new XElement("bitOffset", field.LowestBit),
            new XElement("bitWidth", field.Width), new XElement("access", access),
            write is null ? null : new XElement("modifiedWriteValues", write), read is null ? null : new XElement("readAction", read),
            field.Values.Count == 0 ? null : new XElement("enumeratedValues", field.Values.Select(value => new XElement("enumeratedValue",
                new XElement("name", value.Name), Optional("description", value.Description), new XElement("value", Hex(value.Value))))));
    }

    private static XElement? Optional(string name, string text) => text.Length == 0 ? null : new XElement(name, text);

    private static string Hex(ulong value) => string.Create(CultureInfo.InvariantCulture, $"0x{value:X}");
}
