using System.Globalization;
using System.Text;
using Pcie.Diagnosis.Import.Lines;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Machine;
using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Diagnosis.Import.Etw;

/// <summary>
/// A table of DPCs and ISRs with a row for each: Windows Performance Analyzer's "DPC/ISR Duration", exported or copied, and
/// <c>tracerpt -of CSV</c>. Columns are found by their names.
/// </summary>
/// <remarks>Rows may be sorted in any way, so all are kept until the end: some forty bytes each.</remarks>
internal sealed class EtwTableImporter(IMachineSink sink, ImportReport report) : ILineImporter
{
    private const int MaxRows = 20_000_000, MaxColumns = 128;

    private readonly NameTable<int> sources = new(sink.Source);
    private readonly List<Interval> intervals = [];
    private EtwTableColumns? columns;
    private long otherClock;

    /// <summary>Whether a text has such a head.</summary>
    public static bool IsHead(ReadOnlySpan<byte> line) => EtwTableColumns.Of(CellsOf(line)) is not null;

    public void Read(ReadOnlySpan<byte> line, bool isUnterminated)
    {
        if (line.Trim((byte)' ').Length == 0) return;
        if (columns is null)
        {
            columns = EtwTableColumns.Of(CellsOf(line));
            return;
        }
        var cells = CellsOf(line);
        if (!columns.TryKind(cells, out var kind)) report.Skip("row of no interest");
        else if (intervals.Count == MaxRows) report.Skip("rows beyond the first 20,000,000");
        else if (!TryRow(cells, kind, columns)) report.Refuse(isUnterminated ? "last line cut off" : "row not as expected", line);
    }

    public void Complete()
    {
        // In the order of ending; of two that end together the inner one first.
        intervals.Sort((a, b) => a.End != b.End ? a.End.CompareTo(b.End) : b.Begin.CompareTo(a.Begin));
        foreach (var interval in intervals) sink.Add(interval);
        sources.Complete(report);
        if (otherClock > 0)
            report.Note($"{otherClock} rows give their beginning by another clock than their end, as tracerpt does with a raw timestamp: "
                + "how long they took is not known, and they are not used. Use xperf -a dumper instead.");
        report.Note("A table of DPCs and ISRs tells no requests and no threads: name your driver's by --isr and --dpc.");
    }

    private bool TryRow(List<string> cells, IntervalKind kind, EtwTableColumns at)
    {
        if (!at.TryTimes(cells, out var begin, out var end)) return false;
        if (!int.TryParse(EtwTableColumns.Cell(cells, at.Cpu), NumberStyles.None, CultureInfo.InvariantCulture, out var cpu)
            || cpu > 4095) return false;
        if (begin > end || end - begin > 3_600_000_000_000)
        {
            otherClock++;
            return true;
        }
        var (module, function) = (EtwTableColumns.Cell(cells, at.Module), EtwTableColumns.Cell(cells, at.Function));
        var name = module.Length > 0 && function.Length > 0 && !function.Contains('!', StringComparison.Ordinal) ? $"{module}!{function}"
            : function.Length > 0 ? function : module;
        if (name.Length == 0) return false;
        intervals.Add(new Interval(kind, (ushort)cpu, sources[Encoding.UTF8.GetBytes(name)], new SimTime(begin), new SimTime(end)));
        return true;
    }

    private static List<string> CellsOf(ReadOnlySpan<byte> line)
    {
        Span<Range> ranges = stackalloc Range[MaxColumns];
        var count = Math.Min(XperfCells.Split(line, ranges), MaxColumns);
        var cells = new List<string>(count);
        for (var i = 0; i < count; i++) cells.Add(Encoding.UTF8.GetString(line[ranges[i]]).Trim('"', ' '));
        return cells;
    }
}
