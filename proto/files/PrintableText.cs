using System.Globalization;
using System.Text;

namespace Pcie.Files;

/// <summary>
/// Text of others, a peer's or a file's, made fit for a line of a log or a terminal: what would move the cursor, change colours, begin another line
/// or turn the direction of writing is shown as its number, and what is too long is cut.
/// </summary>
public static class PrintableText
{
    /// <summary>Characters of a text that a peer gives for a person.</summary>
    public const int PeerLength = 256;

    /// <param name="longest">In characters; the rest is counted.</param>
    public static string Of(string text, int longest = PeerLength)
    {
        if (text.Length <= longest && !NeedsEscape(text)) return text;
        var kept = text.AsSpan(0, Math.Min(text.Length, longest));
        // A character of two halves is kept whole or not at all.
        if (kept.Length < text.Length && kept.Length > 0 && char.IsHighSurrogate(kept[^1])) kept = kept[..^1];
        var clean = new StringBuilder(kept.Length + 32);
        foreach (var c in kept)
            if (IsPrintable(c)) clean.Append(c);
            else clean.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        if (kept.Length < text.Length) clean.Append(CultureInfo.InvariantCulture, $"… ({text.Length - kept.Length:#,0} characters more)");
        return clean.ToString();
    }

    /// <summary>Whether a text has a character that is none to be printed.</summary>
    public static bool NeedsEscape(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
            if (!IsPrintable(c)) return true;
        return false;
    }

    private static bool IsPrintable(char c) =>
        !char.IsControl(c) && c is not ('\u2028' or '\u2029' or >= '\u202a' and <= '\u202e' or >= '\u2066' and <= '\u2069');
}
