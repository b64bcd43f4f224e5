using System.Buffers.Text;

namespace Pcie.Diagnosis.Import.Ftrace;

/// <summary>
/// One event's line of Linux's text formats: <c>TASK-PID [TGID] [CPU] FLAGS TIMESTAMP: event: fields</c> (ftrace) or
/// <c>COMM PID[/TID] [CPU] TIMESTAMP: [subsystem:]event: fields</c> (perf script).
/// </summary>
/// <remarks>
/// A task may be called anything, with blanks, dashes, slashes and brackets. So the line is read from the place where a processor in brackets
/// is followed by a time, and the task backwards from there.
/// </remarks>
internal ref struct FtraceLine
{
    // Of irqs-off, need-resched, hardirq/softirq, preempt depth and migrate-disable there are 4 to 7.
    private const int MaxFlags = 8;

    // Far beyond what any tool writes. The search below goes back at each bracket: a line of brackets would take the square of its length.
    private const int MaxLength = 8192;

    public ReadOnlySpan<byte> Task;
    public ushort Processor;
    public long Nanoseconds;

    /// <summary>Without its subsystem; <c>#402268</c> for a line of the timerlat tracer.</summary>
    public ReadOnlySpan<byte> Event;
    public ReadOnlySpan<byte> Fields;

    /// <summary>The task and its number are joined by a dash.</summary>
    public bool IsFtrace;

    public static bool TryParse(ReadOnlySpan<byte> line, out FtraceLine parsed)
    {
        parsed = default;
        if (line.Length > MaxLength) return false;
        for (var from = 0; line[from..].IndexOf((byte)'[') is var found and >= 0; from += found + 1)
        {
            var bracket = from + found;
            if (TryProcessor(line[(bracket + 1)..], out var processor, out var used)
                && TryTime(line[(bracket + 1 + used)..], out parsed.Nanoseconds, out var rest)
                && TryTask(line[..bracket], out parsed.Task, out parsed.IsFtrace))
            {
                parsed.Processor = processor;
                return TryEvent(rest, ref parsed);
            }
        }
        return false;
    }

    private static bool TryProcessor(ReadOnlySpan<byte> text, out ushort processor, out int used)
    {
        if (!Utf8Parser.TryParse(text, out processor, out used) || used >= text.Length || text[used] != ']') return false;
        used++;
        return true;
    }

    // "  D..1.  1719.357247: rest", with or without the flags.
    private static bool TryTime(ReadOnlySpan<byte> text, out long nanoseconds, out ReadOnlySpan<byte> rest)
    {
        nanoseconds = 0;
        rest = default;
        text = text.TrimStart((byte)' ');
        var blank = text.IndexOf((byte)' ');
        if (blank > 0 && text[blank - 1] != ':')
        {
            if (blank > MaxFlags) return false;
            text = text[blank..].TrimStart((byte)' ');
        }
        if (!Utf8Parser.TryParse(text, out long seconds, out var used) || seconds < 0 || seconds > long.MaxValue / 2_000_000_000
            || used >= text.Length || text[used] != '.') return false;
        text = text[(used + 1)..];
        var digits = text.IndexOf((byte)':');
        if (digits is < 1 or > 9 || !Utf8Parser.TryParse(text, out uint fraction, out used) || used != digits) return false;
        var scale = 1L;
        for (var i = digits; i < 9; i++) scale *= 10;
        nanoseconds = seconds * 1_000_000_000 + fraction * scale;
        rest = text[(digits + 1)..];
        return true;
    }

    // "  my task-123 (  99) " or "  my task  123/123 ", from the right; or nothing at all.
    private static bool TryTask(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> task, out bool isFtrace)
    {
        task = text = text.Trim((byte)' ');
        isFtrace = false;
        if (text.Length == 0) return true;
        if (text[^1] == ')')
        {
            var group = text.LastIndexOf((byte)'(');
            if (group < 0) return false;
            text = text[..group].TrimEnd((byte)' ');
        }
        var digits = 0;
        while (digits < text.Length && (char.IsAsciiDigit((char)text[^(digits + 1)]) || text[^(digits + 1)] == '/')) digits++;
        if (digits == 0 || digits == text.Length) return false;
        var separator = text[^(digits + 1)];
        if (separator is not ((byte)'-' or (byte)' ')) return false;
        isFtrace = separator == '-';
        task = text[..^(digits + 1)].TrimEnd((byte)' ');
        return true;
    }

    private static bool TryEvent(ReadOnlySpan<byte> text, ref FtraceLine parsed)
    {
        text = text.TrimStart((byte)' ');
        var blank = text.IndexOf((byte)' ');
        var name = blank < 0 ? text : text[..blank];
        if (name.Length == 0) return false;
        if (name[^1] == ':') name = name[..^1];
        else if (name[0] != '#') return false;
        parsed.Event = name[(name.LastIndexOf((byte)':') + 1)..];
        parsed.Fields = blank < 0 ? default : text[(blank + 1)..].TrimStart((byte)' ');
        return parsed.Event.Length > 0;
    }
}
