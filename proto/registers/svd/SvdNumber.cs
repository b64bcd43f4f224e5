using System.Xml.Linq;
using Pcie.Registers.Reading;

namespace Pcie.Registers.Svd;

/// <summary>Numbers of CMSIS-SVD (scaledNonNegativeInteger), and the indices of its arrays.</summary>
internal static class SvdNumber
{
    private const int MostElements = DeviceMap.MostRegisters;

    /// <returns>Null if there is no such child.</returns>
    public static ulong? Of(MapSource source, XElement element, string name, ulong most = ulong.MaxValue)
    {
        if (element.Child(name) is not { } child) return null;
        if (!Numbers.TryScaled(child.Value, out var value))
            throw source.Refusal(child.Line(), $"{name} is '{Shown(child.Value)}'; expected a number, as in 10 or 0x1F");
        return value <= most ? value : throw source.Refusal(child.Line(), $"{name} is {value}; expected {most} at the most");
    }

    public static ulong Required(MapSource source, XElement element, string name, ulong most = ulong.MaxValue) =>
        Of(source, element, name, most) ?? throw source.Refusal(element.Line(), $"this {element.Name.LocalName} has no {name}; expected one");

    /// <summary>Names and distances of what an element stands for: itself, or the elements of its array.</summary>
    public static IEnumerable<(string Name, ulong Offset)> Elements(MapSource source, XElement element, string name)
    {
        if (Of(source, element, "dim", MostElements) is not { } count)
            return name.Contains("%s", StringComparison.Ordinal)
                ? throw source.Refusal(element.Line(), $"{name} is an array and has no dim; expected one") : [(name, 0UL)];
        var increment = Required(source, element, "dimIncrement", 1UL << 31);
        var indices = Indices(source, element, (int)count);
        var pattern = name.Replace("[%s]", "_%s", StringComparison.Ordinal);
        if (!pattern.Contains("%s", StringComparison.Ordinal)) pattern += "_%s";
        return indices.Select((index, i) => (pattern.Replace("%s", index, StringComparison.Ordinal), (ulong)i * increment));
    }

    // 0-3, A-D, or A,B,C; without any 0, 1, 2.
    private static IReadOnlyList<string> Indices(MapSource source, XElement element, int count)
    {
        if (element.Text("dimIndex") is not { Length: > 0 } text) return [.. Enumerable.Range(0, count).Select(i => $"{i}")];
        var ends = text.Split('-');
        IReadOnlyList<string> indices = ends is [var first, var last] && uint.TryParse(first, out var from) && uint.TryParse(last, out var to)
            && from <= to
                && to - from < MostElements
            ? [.. Enumerable.Range((int)from, (int)(to - from) + 1).Select(i => $"{i}")]
            : ends is [[>= 'A' and <= 'Z' and var a], [>= 'A' and <= 'Z' and var z]] && a <= z
                ? [.. Enumerable.Range(a, z - a + 1).Select(c => $"{(char)c}")]
                : [.. text.Split(',').Select(index => index.Trim())];
        return indices.Count == count ? indices
            : throw source.Refusal(element.Line(), $"dimIndex '{Shown(text)}' names {indices.Count} elements, dim says {count}; make them agree");
    }

    private static string Shown(string text) => text.Length <= 40 ? text : text[..40];
}
