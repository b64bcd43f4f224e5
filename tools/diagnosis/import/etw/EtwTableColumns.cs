using System.Globalization;
using Pcie.Playback;

namespace Pcie.Diagnosis.Import.Etw;

/// <summary>Where in a table of DPCs and ISRs what stands, by the names in its head.</summary>
internal sealed class EtwTableColumns
{
    private readonly int kind, begin, end, duration, clock, data;
    private readonly decimal beginUnit, endUnit, durationUnit;
    private readonly bool isTracerpt;
    private decimal? zero;

    private EtwTableColumns(List<string> head)
    {
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

    public int Cpu { get; }
    public int Module { get; }
    public int Function { get; }

    /// <summary>Null if it is no such head.</summary>
    public static EtwTableColumns? Of(List<string> head)
    {
        if (head.Count < 4) return null;
        var columns = new EtwTableColumns(head);
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

    /// <summary>In nanoseconds; with a begin after the end where they are of two clocks.</summary>
    public bool TryTimes(List<string> cells, out long from, out long to)
    {
        (from, to) = (0, 0);
        if (isTracerpt)
        {
            if (!TryNumber(Cell(cells, clock), out var exit) || !TryNumber(Cell(cells, data), out var entry)) return false;
            zero ??= exit - 36_000_000_000m;
            // Hundreds of nanoseconds.
            return TryScale(exit - zero.Value, 100, out to) && (TryScale(entry - zero.Value, 100, out from) || (from = long.MaxValue) > 0);
        }
        if (!TryNumber(Cell(cells, begin), out var start) || !TryScale(start, beginUnit, out from)) return false;
        if (end >= 0 && TryNumber(Cell(cells, end), out var stop)) return TryScale(stop, endUnit, out to);
        if (duration < 0 || !TryNumber(Cell(cells, duration), out var length) || !TryScale(length, durationUnit, out var elapsed)) return false;
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

    // In quotes a number may have thousands.
    private static bool TryNumber(string text, out decimal number) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex) & (number = hex) >= 0
        : decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out number);
}
