using System.Text;

namespace Pcie.Diagnosis.Import.Lines;

/// <summary>Names and lines of a recording as they may be printed: nothing in them moves a terminal's cursor or changes what it shows.</summary>
public static class CleanText
{
    /// <summary>The same text, with each control and formatting character as <c>\xNN</c> or <c>\uNNNN</c>, so that names that differ stay different.</summary>
    public static string Of(string text)
    {
        var at = 0;
        while (at < text.Length && IsPlain(text, at)) at++;
        if (at == text.Length) return text;
        var clean = new StringBuilder(text, 0, at, text.Length + 16);
        for (; at < text.Length; at++)
        {
            var c = text[at];
            if (IsPlain(text, at)) clean.Append(c);
            else if (c < 0x100) clean.Append($"\\x{(int)c:x2}");
            else clean.Append($"\\u{(int)c:x4}");
        }
        return clean.ToString();
    }

    // The characters that turn the direction of writing are of Format.
    private static bool IsPlain(string text, int at) => text[at] is >= ' ' and <= '~' || char.GetUnicodeCategory(text, at) switch
    {
        System.Globalization.UnicodeCategory.Control or System.Globalization.UnicodeCategory.Format
            or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator => false,
        System.Globalization.UnicodeCategory.Surrogate => false,
        _ => true,
    };
}
