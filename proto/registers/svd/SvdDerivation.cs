using System.Xml.Linq;
using Pcie.Registers.Reading;

namespace Pcie.Registers.Svd;

/// <summary>derivedFrom: an element is as another, but for what it says itself.</summary>
internal sealed class SvdDerivation(MapSource source, XElement device)
{
    private const int Longest = 32, MostCopied = 1_000_000;

    private readonly Dictionary<XElement, XElement> done = [];
    private int copied;

    /// <summary>The element with what it is derived from.</summary>
    public XElement Whole(XElement element) => Whole(element, 0);

    private XElement Whole(XElement element, int length)
    {
        if (element.Attribute("derivedFrom")?.Value is not { } path) return element;
        if (done.TryGetValue(element, out var known)) return known;
        if (length == Longest) throw source.Refusal(element.Line(),
            $"derivedFrom '{path}' goes round in a circle, or through more than {Longest} others");
        var origin = Find(element, path)
            ?? throw source.Refusal(element.Line(), $"derivedFrom '{path}': there is no {element.Name.LocalName} of that name");
        origin = Whole(origin, length + 1);
        var whole = new Copy(element);
        var own = element.Elements().Select(child => child.Name.LocalName).ToHashSet();
        // Whoever gives his bits in one way has none in another.
        if (own.Overlaps(["bitOffset", "lsb", "bitRange"])) own.UnionWith(["bitOffset", "bitWidth", "lsb", "msb", "bitRange"]);
        var named = element.Elements().Select(child => (child.Name.LocalName, child.Text("name"))).ToHashSet();
        foreach (var child in origin.Elements())
        {
            // A register of a cluster that is here too is instead of the other.
            if (child.Name.LocalName is "register" or "cluster" && named.Contains((child.Name.LocalName, child.Text("name")))) continue;
            if (own.Contains(child.Name.LocalName) && child.Name.LocalName is not ("registers" or "fields" or "register" or "cluster")) continue;
            if (child.Name.LocalName is "dim" or "dimIncrement" or "dimIndex" or "dimName" or "alternateRegister" or "alternateGroup") continue;
            if ((copied += child.DescendantsAndSelf().Count()) > MostCopied)
                throw source.Refusal(element.Line(), $"derivedFrom makes more than {MostCopied} elements; choose one peripheral by FILE#NAME");
            whole.Add(child);
        }
        Merge(whole);
        done[element] = whole;
        return whole;
    }

    // Lists of both are one, of which an entry that has the name of another is instead of it.
    private static void Merge(XElement whole)
    {
        foreach (var list in whole.Elements().Where(child => child.Name.LocalName is "registers" or "fields").GroupBy(child =>
            child.Name.LocalName).ToList())
        {
            if (list.Skip(1).FirstOrDefault() is not { } inherited) continue;
            var own = list.First();
            var names = own.Elements().Select(child => child.Text("name")).ToHashSet();
            own.Add(inherited.Elements().Where(child => !names.Contains(child.Text("name"))));
            inherited.Remove();
        }
    }

    // A name is looked for beside the element, then as a path from the device: PERIPHERAL.CLUSTER.REGISTER.FIELD.
    private XElement? Find(XElement element, string path)
    {
        var kind = element.Name.LocalName;
        if ((element.Parent?.Children(kind) ?? []).FirstOrDefault(other => other != element
            && other.Text("name") == path) is { } beside) return beside;
        if (kind == "enumeratedValues" && !path.Contains('.', StringComparison.Ordinal))
            return device.Descendants().FirstOrDefault(other => other.Name.LocalName == kind && other != element && other.Text("name") == path);
        XElement? at = device;
        foreach (var name in path.Split('.'))
        {
            at = at.Elements().SelectMany(child => child.Name.LocalName is "peripherals" or "registers" or "fields" ? child.Elements() : [child])
                .FirstOrDefault(child => child.Text("name") == name && child != element);
            if (at is null) return null;
        }
        return at.Name.LocalName == kind ? at : null;
    }

    /// <summary>A copy that is still said to be where the original is.</summary>
    private sealed class Copy(XElement original) : XElement(original), System.Xml.IXmlLineInfo
    {
        private readonly int line = original.Line();

        int System.Xml.IXmlLineInfo.LineNumber => line;
        int System.Xml.IXmlLineInfo.LinePosition => 1;

        bool System.Xml.IXmlLineInfo.HasLineInfo() => true;
    }
}
