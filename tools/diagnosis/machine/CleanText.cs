using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Pcie.Diagnosis.Machine;

/// <summary>Names and lines of a recording as they may be printed: nothing in them moves a terminal's cursor or changes what it shows.</summary>
public static class CleanText
{
    /// <summary>
    /// The same text, with each control and formatting character as <c>\xNN</c> or <c>\uNNNN</c>, so that names that differ stay different.
    /// </summary>
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

    /// <summary>The same of UTF-8; a byte that is none is <c>\xNN</c> too.</summary>
    public static string Of(ReadOnlySpan<byte> text)
    {
        if (Utf8.IsValid(text)) return Of(Encoding.UTF8.GetString(text));
        var clean = new StringBuilder();
        while (text.Length > 0)
        {
            if (Rune.DecodeFromUtf8(text, out var rune, out var bytes) == OperationStatus.Done) clean.Append(Of(rune.ToString()));
            else foreach (var one in text[..bytes]) clean.Append($"\\x{one:x2}");
            text = text[bytes..];
        }
        return clean.ToString();
    }

    // The characters that turn the direction of writing are of Format.
    private static bool IsPlain(string text, int at) => text[at] is >= ' ' and <= '~' || char.GetUnicodeCategory(text, at) switch
    {
        UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => false,
        // Of a pair the second half is looked at by itself.
        UnicodeCategory.Surrogate => at > 0 && char.IsSurrogatePair(text[at - 1], text[at]),
        _ => true,
    };
}
