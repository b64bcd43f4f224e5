using System.Buffers.Text;

namespace Pcie.Diagnosis.Import.Ftrace;

/// <summary>
/// An event's line that was broken in two behind its time, as a mail's editor does and some versions of <c>trace-cmd report</c> do: it is joined with
/// what follows.
/// </summary>
internal sealed class BrokenLine
{
    // Of what comes before an event's name there is no more.
    private const int MaxLength = 160;

    private byte[]? held;

    /// <summary>The line that was held and had no other half; it is forgotten.</summary>
    public byte[]? Take()
    {
        var line = held;
        held = null;
        return line;
    }

    /// <summary>Holds a line that ends with a processor and a time: the next one has its event.</summary>
    public bool TryHold(ReadOnlySpan<byte> line)
    {
        if (line.Length is 0 or > MaxLength) return false;
        // A line with an event ends otherwise, most of the time.
        var end = line[^1];
        if (end != ':' && end is < (byte)'0' or > (byte)'9') return false;
        if (line.LastIndexOf((byte)']') is not (> 0 and var bracket)) return false;
        if (line[..bracket].LastIndexOf((byte)'[') is not (>= 0 and var open)) return false;
        if (!Utf8Parser.TryParse(line[(open + 1)..bracket], out ushort _, out var digits) || digits != bracket - open - 1) return false;
        var time = line[(bracket + 1)..].Trim((byte)' ');
        if (time.LastIndexOf((byte)' ') is var blank and >= 0) time = time[(blank + 1)..];
        time = time.TrimEnd((byte)':');
        if (time.IndexOfAnyExceptInRange((byte)'0', (byte)'9') is var point and >= 0
            && (time[point] != '.' || time[(point + 1)..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0)) return false;
        // "[001] 4" is none, and of a clock of ticks nobody knows.
        if (time.Length < 5) return false;
        held = line.ToArray();
        return true;
    }

    /// <summary>With the line that was held, if this is its other half; otherwise as it is, and the other is still to be taken.</summary>
    public ReadOnlySpan<byte> Joined(ReadOnlySpan<byte> line)
    {
        if (held is null) return line;
        var rest = line.TrimStart((byte)' ');
        var isMarked = held[^1] == ':';
        // ": softirq_raise: vec=4"; or where a colon has announced it, an event's name and a colon.
        if (rest.Length == 0 || (isMarked ? !BeginsWithEvent(rest) : rest[0] != ':')) return line;
        var first = Take()!;
        return (byte[])[.. first, .. isMarked ? " "u8 : ""u8, .. rest];
    }

    private static bool BeginsWithEvent(ReadOnlySpan<byte> line) =>
        line.IndexOf((byte)':') is > 0 and var name && line[..name].IndexOfAny(" []"u8) < 0;
}
