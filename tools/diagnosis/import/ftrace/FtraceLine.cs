using System.Buffers;
using System.Buffers.Text;

namespace Pcie.Diagnosis.Import.Ftrace;

/// <summary>
/// One event's line of Linux's text formats: <c>TASK-PID [TGID] [CPU] FLAGS TIMESTAMP: event: fields</c> (ftrace),
/// <c>COMM PID[/TID] [CPU] TIMESTAMP: [subsystem:]event: fields</c> (perf script), or <c>TASK-PID CPUFLAGS TIMEus : event: fields</c> (latency
/// format), or <c>TASK PID CPU FLAGS PREEMPT INDEX [TIME] TIMEms (+TIMEms): event: fields</c> (the same, verbose). Task, its number, flags and the
/// colon after the event may be missing.
/// </summary>
/// <remarks>
/// A task may be called anything, with blanks, dashes, slashes and brackets. So the line is read from the place where a processor in brackets
/// is followed by a time, and the task backwards from there.
/// </remarks>
internal ref struct FtraceLine
{
    // Of irqs-off, need-resched, hardirq/softirq, preempt depth and migrate-disable there are 4 to 7.
    private const int MaxFlags = 8, MinFlags = 3;

    // Far beyond what any tool writes. The search below goes back at each bracket: a line of brackets would take the square of its length.
    private const int MaxLength = 8192;

    private static readonly SearchValues<byte> Flags = SearchValues.Create(".dDXbBNnpPlLgGhHsSzZ0123456789abcdef"u8);
    private static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789"u8);

    public ReadOnlySpan<byte> Task;
    public ushort Processor;

    /// <summary>Ticks if <see cref="IsTicks"/>.</summary>
    public long Nanoseconds;

    /// <summary>Its time has no point: it is a count of a trace clock (<c>x86-tsc</c>, <c>counter</c>, <c>uptime</c>).</summary>
    public bool IsTicks;

    /// <summary>Without its subsystem; <c>#402268</c> for a line of the timerlat tracer.</summary>
    public ReadOnlySpan<byte> Event;
    public ReadOnlySpan<byte> Fields;

    /// <summary>Its flags say that the softirqs of a round are being served, or that an interrupt came while they were.</summary>
    public bool IsInRound;

    /// <summary>The task and its number are joined by a dash.</summary>
    public bool IsFtrace;

    /// <param name="isOneProcessor">No line of the recording names a processor: all are taken for one's.</param>
    public static bool TryParse(ReadOnlySpan<byte> line, bool isOneProcessor, out FtraceLine parsed)
    {
        parsed = default;
        if (line.Length > MaxLength) return false;
        for (var from = 0; line[from..].IndexOf((byte)'[') is var found and >= 0; from += found + 1)
        {
            var bracket = from + found;
            if (!TryProcessor(line[(bracket + 1)..], out parsed.Processor, out var used)
                || !TryTime(line[(bracket + 1 + used)..], out parsed.Nanoseconds, out parsed.IsTicks, out parsed.IsInRound, out var rest)) continue;
            ReadTask(line[..bracket], ref parsed);
            return TryEvent(rest, ref parsed);
        }
        return TryVerbose(line, ref parsed) || TryLatency(line, ref parsed) || (isOneProcessor && TryWithoutProcessor(line, ref parsed));
    }

    private static bool TryProcessor(ReadOnlySpan<byte> text, out ushort processor, out int used)
    {
        if (!Utf8Parser.TryParse(text, out processor, out used) || used >= text.Length || text[used] != ']') return false;
        used++;
        return true;
    }

    // "  D..1.  1719.357247: rest", with or without the flags.
    private static bool TryTime(ReadOnlySpan<byte> text, out long time, out bool isTicks, out bool isInRound, out ReadOnlySpan<byte> rest)
    {
        isTicks = isInRound = false;
        text = text.TrimStart((byte)' ');
        var blank = text.IndexOf((byte)' ');
        if (blank > 0 && text[blank - 1] != ':' && blank <= MaxFlags && !char.IsAsciiDigit((char)text[0]))
        {
            isInRound = IsOfRound(text[..blank]);
            text = text[blank..].TrimStart((byte)' ');
        }
        return TrySeconds(text, out time, out rest) || (isTicks = TryTicks(text, out time, out rest));
    }

    // Of the flags, the third is the context: s is a softirq, H an interrupt in one.
    private static bool IsOfRound(ReadOnlySpan<byte> flags) => flags.Length > 2 && flags[2] is (byte)'s' or (byte)'H';

    // "1719.357247: rest"; some leave a blank before the colon.
    private static bool TrySeconds(ReadOnlySpan<byte> text, out long nanoseconds, out ReadOnlySpan<byte> rest)
    {
        rest = default;
        if (!TryDecimal(text, out nanoseconds, out var used)) return false;
        rest = text[used..].TrimStart((byte)' ');
        if (rest.Length == 0 || rest[0] != ':') return false;
        rest = rest[1..];
        return true;
    }

    private static bool TryDecimal(ReadOnlySpan<byte> text, out long nanoseconds, out int length)
    {
        nanoseconds = length = 0;
        if (!Utf8Parser.TryParse(text, out long seconds, out var used) || seconds < 0 || seconds > long.MaxValue / 2_000_000_000
            || used >= text.Length || text[used] != '.') return false;
        text = text[(used + 1)..];
        if (!Utf8Parser.TryParse(text, out uint fraction, out var digits) || digits is < 1 or > 9) return false;
        var scale = 1L;
        for (var i = digits; i < 9; i++) scale *= 10;
        nanoseconds = seconds * 1_000_000_000 + fraction * scale;
        length = used + 1 + digits;
        return true;
    }

    // "834512345678: rest"
    private static bool TryTicks(ReadOnlySpan<byte> text, out long ticks, out ReadOnlySpan<byte> rest)
    {
        rest = default;
        if (!Utf8Parser.TryParse(text, out ticks, out var used) || ticks < 0) return false;
        rest = text[used..].TrimStart((byte)' ');
        if (rest.Length == 0 || rest[0] != ':') return false;
        rest = rest[1..];
        return true;
    }

    // kernel/trace/trace_output.c, with the option verbose:
    // "   <idle>       0   1 16 00000101 00000012 [0001e2c8] 123.437ms (+0.020ms): event: fields"; of a clock that counts, "[..] 100 (+1): ".
    private static bool TryVerbose(ReadOnlySpan<byte> line, ref FtraceLine parsed)
    {
        var end = line.IndexOf("): "u8);
        if (end < 0 || line[..end].LastIndexOf(" (+"u8) is not (> 0 and var open)) return false;
        var head = line[..open];
        var time = LastWord(ref head);
        parsed.IsTicks = !time.EndsWith("ms"u8);
        if (!Utf8Parser.TryParse(time, out long number, out var digits) || number < 0 || number > long.MaxValue / 2_000_000) return false;
        parsed.Nanoseconds = number;
        if (!parsed.IsTicks)
        {
            if (time.Length != digits + 6 || time[digits] != '.' || !Utf8Parser.TryParse(time[(digits + 1)..], out uint micros, out var three)
                || three != 3) return false;
            parsed.Nanoseconds = number * 1_000_000 + micros * 1_000;
        }
        if (LastWord(ref head) is not [(byte)'[', .., (byte)']'] || LastWord(ref head).Length < 8 || LastWord(ref head).Length < 8
            || !Utf8Parser.TryParse(LastWord(ref head), out byte flags, out _)
            || !Utf8Parser.TryParse(LastWord(ref head), out parsed.Processor, out _) || !IsNumber(LastWord(ref head))) return false;
        // TRACE_FLAG_SOFTIRQ
        parsed.IsInRound = (flags & 0x10) != 0;
        parsed.IsFtrace = true;
        parsed.Task = head.Trim((byte)' ');
        return TryEvent(line[(end + 2)..], ref parsed);
    }

    // A journal's own head may stand before it: "Nov 20 10:11:12 host kernel:   <idle>-0 ...".
    private static bool TryLatency(ReadOnlySpan<byte> line, ref FtraceLine parsed)
    {
        var begin = 0;
        for (var from = 0; line[from..].IndexOf(": "u8) is var found and >= 0; from += found + 2)
        {
            if (TryLatency(line[begin..(from + found)], line[(from + found + 1)..], ref parsed)) return true;
            begin = from + found + 1;
        }
        return false;
    }

    // "  <idle>-0       1dNs2.    5us+: event: fields", or trace-cmd report -l: "  <idle>-0  0dNs.3 53717.588460: event: fields".
    private static bool TryLatency(ReadOnlySpan<byte> line, ReadOnlySpan<byte> rest, ref FtraceLine parsed)
    {
        var head = line.TrimEnd((byte)' ');
        // What marks a long time, from + to $.
        if (head.Length > 0 && head[^1] is (byte)'+' or (byte)'!' or (byte)'#' or (byte)'*' or (byte)'@' or (byte)'$') head = head[..^1];
        var blank = head.LastIndexOf((byte)' ');
        if (blank < 0) return false;
        var time = head[(blank + 1)..];
        var isRelative = time.EndsWith("us"u8) && Utf8Parser.TryParse(time, out long microseconds, out var used) && used == time.Length - 2
            && (parsed.Nanoseconds = microseconds * 1_000) >= 0 && microseconds < long.MaxValue / 4_000;
        parsed.IsTicks = !isRelative && Utf8Parser.TryParse(time, out parsed.Nanoseconds, out used) && used == time.Length;
        if (!isRelative && !parsed.IsTicks && !TryDecimal(time, out parsed.Nanoseconds, out _)) return false;
        head = head[..blank].TrimEnd((byte)' ');
        blank = head.LastIndexOf((byte)' ');
        var flags = head[(blank + 1)..];
        if (!Utf8Parser.TryParse(flags, out ushort processor, out var digits)) return false;
        flags = flags[digits..];
        if (flags.Length is < MinFlags or > MaxFlags || flags.IndexOfAnyExcept(Flags) >= 0) return false;
        parsed.Processor = processor;
        parsed.IsInRound = IsOfRound(flags);
        ReadTask(head[..Math.Max(blank, 0)], ref parsed);
        return TryEvent(rest, ref parsed);
    }

    // "task-123 d.h. 1719.357247: event: fields". Of what else stands in a text, hardly anything looks like it.
    private static bool TryWithoutProcessor(ReadOnlySpan<byte> line, ref FtraceLine parsed)
    {
        parsed.IsTicks = false;
        for (var from = 0; line[from..].IndexOf((byte)':') is var found and >= 0; from += found + 1)
        {
            var head = line[..(from + found)].TrimEnd((byte)' ');
            var time = head.LastIndexOf((byte)' ') + 1;
            if (!TrySeconds(line[time..], out parsed.Nanoseconds, out var rest)) continue;
            head = head[..time].TrimEnd((byte)' ');
            var flags = head[(head.LastIndexOf((byte)' ') + 1)..];
            if (flags.Length is >= MinFlags and <= MaxFlags && flags.IndexOfAny((byte)'.', (byte)'h', (byte)'s') >= 0
                && flags.IndexOfAnyExcept(Flags) < 0)
            {
                parsed.IsInRound = IsOfRound(flags);
                head = head[..^flags.Length];
            }
            ReadTask(head, ref parsed);
            return TryEvent(rest, ref parsed);
        }
        return false;
    }

    // "  my task-123 (  99) " or "  my task  123/123 ", from the right; without a number, or nothing at all.
    private static void ReadTask(ReadOnlySpan<byte> text, ref FtraceLine parsed)
    {
        parsed.Task = text = text.Trim((byte)' ');
        parsed.IsFtrace = false;
        if (text.Length == 0) return;
        if (text[^1] == ')' && text.LastIndexOf((byte)'(') is var group and >= 0) text = text[..group].TrimEnd((byte)' ');
        var digits = 0;
        while (digits < text.Length && (char.IsAsciiDigit((char)text[^(digits + 1)]) || text[^(digits + 1)] == '/')) digits++;
        if (digits == 0 || digits == text.Length || text[^(digits + 1)] is not ((byte)'-' or (byte)' ')) return;
        parsed.IsFtrace = text[^(digits + 1)] == '-';
        parsed.Task = text[..^(digits + 1)].TrimEnd((byte)' ');
    }

    private static bool TryEvent(ReadOnlySpan<byte> text, ref FtraceLine parsed)
    {
        text = text.TrimStart((byte)' ');
        var name = Word(text);
        if (IsNumber(name))
        {
            // perf script may give a sample's period before its event.
            text = text[name.Length..].TrimStart((byte)' ');
            name = Word(text);
        }
        // trace-cmd report --ts-diff gives the time since the line before.
        if (name.StartsWith("(+"u8) && name[^1] == ')' && IsNumber(name[2..^1]))
        {
            text = text[name.Length..].TrimStart((byte)' ');
            name = Word(text);
        }
        if (name.Length == 0) return false;
        parsed.Fields = text[name.Length..].TrimStart((byte)' ');
        // Without a blank after it, or without a colon; of the colons within, the last ends the subsystem.
        if (name[^1] == ':') name = name[..^1];
        else if (parsed.Fields.Length > 0 && parsed.Fields[0] == ':') parsed.Fields = parsed.Fields[1..].TrimStart((byte)' ');
        parsed.Event = name[(name.LastIndexOf((byte)':') + 1)..];
        return parsed.Event.Length > 0;
    }

    private static ReadOnlySpan<byte> Word(ReadOnlySpan<byte> text) => text.IndexOf((byte)' ') is var blank and >= 0 ? text[..blank] : text;

    private static ReadOnlySpan<byte> LastWord(ref ReadOnlySpan<byte> text)
    {
        text = text.TrimEnd((byte)' ');
        var word = text[(text.LastIndexOf((byte)' ') + 1)..];
        text = text[..^word.Length];
        return word;
    }

    private static bool IsNumber(ReadOnlySpan<byte> text) => text.Length > 0 && text.IndexOfAnyExcept(Digits) < 0;
}
