using System.Xml;
using System.Xml.Linq;

namespace Pcie.Registers.Reading;

/// <summary>Reads XML without trust: no document type, so that no entity can grow or fetch anything, and no element without its line.</summary>
internal static class XmlText
{
    private const int Deepest = 64;

    public static XElement Root(MapSource source)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, IgnoreComments = true, IgnoreProcessingInstructions = true,
        };
        try
        {
            using var text = new StringReader(source.Text);
            using var reader = new DepthLimit(XmlReader.Create(text, settings), source);
            return XDocument.Load(reader, LoadOptions.SetLineInfo).Root!;
        }
        catch (XmlException e)
        {
            var hint = e.Message.Contains("DTD", StringComparison.Ordinal) ? "; a document type is not read, take <!DOCTYPE out" : "";
            throw source.Refusal(Math.Max(e.LineNumber, 1), $"this is no well-formed XML: {e.Message.TrimEnd('.')}{hint}");
        }
    }

    /// <summary>Where an element begins; of one that was copied, where that is which it was copied into.</summary>
    public static int Line(this XElement element)
    {
        for (var at = element; at is not null; at = at.Parent)
            if (at is IXmlLineInfo info && info.HasLineInfo()) return info.LineNumber;
        return 1;
    }

    /// <summary>The child of that name, in whichever version's namespace.</summary>
    public static XElement? Child(this XElement parent, string name) => parent.Elements().FirstOrDefault(child => child.Name.LocalName == name);

    public static IEnumerable<XElement> Children(this XElement parent, string name) =>
        parent.Elements().Where(child => child.Name.LocalName == name);

    public static string? Text(this XElement parent, string name) => parent.Child(name)?.Value.Trim();

    // A tree that is too deep for those who walk it is refused while it is read.
    private sealed class DepthLimit(XmlReader inner, MapSource source) : XmlWrapper(inner)
    {
        public override bool Read()
        {
            var more = base.Read();
            if (Depth > Deepest) throw source.Refusal(LineNumber, $"elements nested deeper than {Deepest}; no register map is so deep");
            return more;
        }
    }
}
