namespace Pcie.Diagnosis.Import.Lines;

/// <summary>
/// Takes off a line what it got on its way: a mail's marks of quotation, tabulators and hard blanks, and the names that a web page gives to
/// &lt;, &gt;, &amp; and the quotation mark.
/// </summary>
/// <param name="keepsTabs">Of a table whose cells they part.</param>
internal sealed class PastedLine(bool keepsTabs = false)
{
    private byte[] buffer = [];

    /// <returns>The line itself if it has none of it; else a copy, valid until the next call.</returns>
    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> line)
    {
        if (line.Length > 0 && line[0] <= (byte)'>') line = WithoutQuotation(line);
        if (line.IndexOfAny((byte)(keepsTabs ? '&' : '\t'), (byte)0xC2, (byte)'&') < 0) return line;
        if (buffer.Length < line.Length) buffer = new byte[Math.Max(line.Length, 4096)];
        var length = 0;
        for (var at = 0; at < line.Length;) buffer[length++] = Next(line, ref at);
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
        if (rest[0] == '\t' && !keepsTabs) return Taken(1, (byte)' ', ref at);
        // U+00A0, in UTF-8.
        if (rest[0] == 0xC2 && rest.Length > 1 && rest[1] == 0xA0) return Taken(2, (byte)' ', ref at);
        if (rest[0] != '&') return Taken(1, rest[0], ref at);
        return rest.StartsWith("&lt;"u8) ? Taken(4, (byte)'<', ref at) : rest.StartsWith("&gt;"u8) ? Taken(4, (byte)'>', ref at)
            : rest.StartsWith("&amp;"u8) ? Taken(5, (byte)'&', ref at) : rest.StartsWith("&quot;"u8) ? Taken(6, (byte)'"', ref at)
            : Taken(1, (byte)'&', ref at);
    }

    private static byte Taken(int bytes, byte becomes, ref int at)
    {
        at += bytes;
        return becomes;
    }
}
