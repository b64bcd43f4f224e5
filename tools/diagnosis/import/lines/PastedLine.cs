using System.Buffers;

namespace Pcie.Diagnosis.Import.Lines;

/// <summary>
/// Takes off a line what it got on its way: a mail's marks of quotation and its <c>=3D</c> for =, a terminal's colours, tabulators and hard blanks,
/// and the names that a web page gives to &lt;, &gt;, &amp; and the quotation mark.
/// </summary>
/// <param name="keepsTabs">Of a table whose cells they part.</param>
internal sealed class PastedLine(bool keepsTabs = false)
{
    private const byte Escape = 0x1b;
    private const int LongestKept = 8192;

    private static readonly SearchValues<byte> Special = SearchValues.Create([(byte)'&', 0xC2, Escape]);
    private static readonly SearchValues<byte> SpecialOrTab = SearchValues.Create([(byte)'&', 0xC2, Escape, (byte)'\t']);

    private byte[] buffer = [];

    // RFC 2045, 6.7. A field may be hexadecimal and begin with 3D by itself; a number of a softirq or interrupt is not written so.
    private bool isQuotedPrintable;
    private readonly List<byte> begun = [];

    /// <summary>Whether the line goes on in the next one, as a mail's does that ends in =: it is kept until then.</summary>
    public bool IsKept(ReadOnlySpan<byte> line)
    {
        isQuotedPrintable |= line.IndexOf("=3D"u8) >= 0 && (line.IndexOf("vec=3D"u8) >= 0 || line.IndexOf("irq=3D"u8) >= 0);
        if (!isQuotedPrintable || line.Length == 0 || line[^1] != '=' || begun.Count > LongestKept) return false;
        begun.AddRange(line[..^1]);
        return true;
    }

    /// <returns>The line itself if it has none of it; else a copy, valid until the next call.</returns>
    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> line)
    {
        if (begun.Count > 0)
        {
            begun.AddRange(line);
            line = begun.ToArray();
            begun.Clear();
        }
        if (line.Length > 0 && line[0] <= (byte)'>') line = WithoutQuotation(line);
        if (!isQuotedPrintable && line.IndexOfAny(keepsTabs ? Special : SpecialOrTab) < 0) return line;
        if (buffer.Length < line.Length) buffer = new byte[Math.Max(line.Length, 4096)];
        var length = 0;
        for (var at = 0; at < line.Length;)
        {
            if (line[at] == Escape) at += ControlSequence(line[at..]);
            else buffer[length++] = Next(line, ref at);
        }
        return WithoutQuotation(buffer.AsSpan(0, length));
    }

    // "> > text". A line of ftrace or xperf begins with no such mark.
    private static ReadOnlySpan<byte> WithoutQuotation(ReadOnlySpan<byte> line)
    {
        for (var rest = line.TrimStart((byte)' '); rest.Length > 0 && rest[0] == '>'; rest = rest[1..].TrimStart((byte)' ')) line = rest[1..];
        return line;
    }

    private byte Next(ReadOnlySpan<byte> line, ref int at)
    {
        var rest = line[at..];
        if (isQuotedPrintable && rest.StartsWith("=3D"u8)) return Taken(3, (byte)'=', ref at);
        if (rest[0] == '\t' && !keepsTabs) return Taken(1, (byte)' ', ref at);
        // U+00A0, in UTF-8.
        if (rest[0] == 0xC2 && rest.Length > 1 && rest[1] == 0xA0) return Taken(2, (byte)' ', ref at);
        if (rest[0] != '&') return Taken(1, rest[0], ref at);
        return rest.StartsWith("&lt;"u8) ? Taken(4, (byte)'<', ref at) : rest.StartsWith("&gt;"u8) ? Taken(4, (byte)'>', ref at)
            : rest.StartsWith("&amp;"u8) ? Taken(5, (byte)'&', ref at) : rest.StartsWith("&quot;"u8) ? Taken(6, (byte)'"', ref at)
            : Taken(1, (byte)'&', ref at);
    }

    // ECMA-48, 5.4: "\x1b[1;32m", "\x1b[K".
    private static int ControlSequence(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2 || text[1] != '[') return 1;
        var end = 2;
        while (end < text.Length && text[end] is >= 0x20 and <= 0x3f) end++;
        return Math.Min(end + 1, text.Length);
    }

    private static byte Taken(int bytes, byte becomes, ref int at)
    {
        at += bytes;
        return becomes;
    }
}
