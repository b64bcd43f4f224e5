using System.Text;

namespace Pcie.Registers.Reading;

/// <summary>Names that are identifiers in every language that a map is written in.</summary>
internal static class Identifiers
{
    public const int Longest = 200;

    public static bool IsOne(string name) =>
        name.Length is > 0 and <= Longest && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    /// <summary>A name as an identifier: what cannot be in one is an underscore.</summary>
    public static string Of(string name)
    {
        if (IsOne(name)) return name;
        var identifier = new StringBuilder();
        foreach (var c in name.Trim())
            if (char.IsAsciiLetterOrDigit(c) || c == '_') identifier.Append(c);
            else if (identifier.Length > 0 && identifier[^1] != '_') identifier.Append('_');
        var text = identifier.ToString().TrimEnd('_');
        if (text.Length == 0 || char.IsAsciiDigit(text[0])) text = "_" + text;
        return text.Length <= Longest ? text : text[..Longest];
    }
}
