using System.Globalization;
using System.Text;
using Pcie.Diagnosis.Import.Lines;
using Pcie.Playback;

namespace Pcie.Diagnosis.Import.Etw;

/// <summary>Where in a table of DPCs and ISRs what stands, by the names in its head.</summary>
internal sealed class EtwTableColumns
{
    private const int MaxColumns = 128;

    // Of a trace's header (EventTrace_Header), the events that were lost.
    private const int EventsLost = 11;

    private readonly int kind, begin, end, duration, clock, data;
    private readonly decimal beginUnit, endUnit, durationUnit;
    private readonly bool isTracerpt;
    private decimal? zero;

    private EtwTableColumns(List<string> head, byte separator)
    {
        Separator = separator;
        isTracerpt = head.Count > 2 && head[0] == "Event Name" && head[1] == "Type";
        kind = isTracerpt ? 1 : Find("DPC/ISR", "Type");
        (begin, end) = (Find("Enter Time", "Start Time"), Find("Exit Time", "End Time"));
        duration = Find("Duration (Inclusive)", "Duration (Fragmented)", "Duration");
        (clock, data) = isTracerpt ? (Find("Clock-Time"), Find("User Data")) : (-1, -1);
        Cpu = isTracerpt ? Find("Processor") : Find("CPU", "Processor");
        Module = isTracerpt ? -1 : Find("Module");
        Function = isTracerpt && data >= 0 ? data + 1 : Find("Function");
        (beginUnit, endUnit, durationUnit) = (UnitOf(begin), UnitOf(end), UnitOf(duration));

        int Find(params string[] names) => names.Select(name => head.FindIndex(c => c.StartsWith(name, StringComparison.OrdinalIgnoreCase)))
            .FirstOrDefault(at => at >= 0, -1);

        decimal UnitOf(int at) => at < 0 ? 0 : head[at].Contains("(s)", StringComparison.Ordinal) ? 1_000_000_000
            : head[at].Contains("(ms)", StringComparison.Ordinal) ? 1_000_000 : head[at].Contains("(ns)", StringComparison.Ordinal) ? 1
            : head[at].Contains("s)", StringComparison.Ordinal) ? 1_000 : 1_000_000_000;
    }

    /// <summary>What parts the cells.</summary>
    public byte Separator { get; }

    public int Cpu { get; }
    public int Module { get; }
    public int Function { get; }

    /// <summary>Null if it is no such head.</summary>
    public static EtwTableColumns? Of(ReadOnlySpan<byte> line)
    {
        foreach (var separator in ",\t;"u8)
            if (Of(CellsOf(line, separator), separator) is { } columns) return columns;
        return null;
    }

    /// <summary>A row's cells, without their quotation marks.</summary>
    public List<string> CellsOf(ReadOnlySpan<byte> line) => CellsOf(line, Separator);

    private static List<string> CellsOf(ReadOnlySpan<byte> line, byte separator)
    {
        Span<Range> ranges = stackalloc Range[MaxColumns];
        var count = Math.Min(XperfCells.Split(line, ranges, separator), MaxColumns);
        var cells = new List<string>(count);
        for (var i = 0; i < count; i++) cells.Add(Encoding.UTF8.GetString(line[ranges[i]]).Trim('"', ' '));
        return cells;
    }

    private static EtwTableColumns? Of(List<string> head, byte separator)
    {
        if (head.Count < 4) return null;
        var columns = new EtwTableColumns(head, separator);
        var hasTimes = columns.isTracerpt ? columns is { clock: >= 0, data: >= 0 }
            : columns is { begin: >= 0, kind: >= 0 } && Math.Max(columns.end, columns.duration) >= 0
                && Math.Max(columns.Module, columns.Function) >= 0;
        return hasTimes && columns.Cpu >= 0 ? columns : null;
    }

    public static string Cell(List<string> cells, int at) => at >= 0 && at < cells.Count ? cells[at] : "";

    public bool TryKind(List<string> cells, out IntervalKind interval)
    {
        var text = Cell(cells, kind);
        (var isOne, interval) = text switch
        {
            _ when isTracerpt && Cell(cells, 0) != "PerfInfo" => (false, default(IntervalKind)),
            "ISR" or "ISR-MSI" or "Interrupt" => (true, IntervalKind.Isr),
            "TimerDPC" or "Timer DPC" or "DPC (Timer)" => (true, IntervalKind.TimerDpc),
            "ThreadDPC" or "ThreadedDPC" or "Threaded DPC" => (true, IntervalKind.ThreadedDpc),
            "DPC" => (true, IntervalKind.Dpc),
            _ => (false, default),
        };
        return isOne;
    }

    /// <summary>Events that tracerpt's first row says were lost; null if it is another row.</summary>
    public long? LostOf(List<string> cells) =>
        isTracerpt && Cell(cells, 0) == "EventTrace" && Cell(cells, kind) == "Header"
            && long.TryParse(Cell(cells, data + EventsLost), NumberStyles.None, CultureInfo.InvariantCulture, out var lost) ? lost : null;

    /// <summary>The cells that are times.</summary>
    public IEnumerable<string> NumbersOf(List<string> cells) =>
        isTracerpt ? [] : [Cell(cells, begin), Cell(cells, end), Cell(cells, duration)];

    /// <summary>In nanoseconds; with a begin after the end where they are of two clocks.</summary>
    /// <param name="numbers">How the table writes its numbers.</param>
    public bool TryTimes(List<string> cells, NumberFormat numbers, out long from, out long to)
    {
        (from, to) = (0, 0);
        if (isTracerpt)
        {
            if (!TryNumber(Cell(cells, clock), out var exit) || !TryNumber(Cell(cells, data), out var entry)) return false;
            zero ??= exit - 36_000_000_000m;
            // Hundreds of nanoseconds.
            return TryScale(exit - zero.Value, 100, out to) && (TryScale(entry - zero.Value, 100, out from) || (from = long.MaxValue) > 0);
        }
        if (!numbers.TryParse(Cell(cells, begin), out var start) || !TryScale(start, beginUnit, out from)) return false;
        if (end >= 0 && numbers.TryParse(Cell(cells, end), out var stop)) return TryScale(stop, endUnit, out to);
        if (duration < 0 || !numbers.TryParse(Cell(cells, duration), out var length)
            || !TryScale(length, durationUnit, out var elapsed)) return false;
        to = from + elapsed;
        return true;
    }

    private static bool TryScale(decimal number, decimal unit, out long nanoseconds)
    {
        nanoseconds = 0;
        if (number < 0 || number > long.MaxValue / 4 / unit) return false;
        nanoseconds = (long)(number * unit);
        return true;
    }

    private static bool TryNumber(string text, out decimal number) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex) & (number = hex) >= 0
        : decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
}
