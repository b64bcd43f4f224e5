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
/// <param name="numbers">How the table writes its numbers, by those of its first rows (<see cref="NumbersOf"/>).</param>
/// <remarks>Rows may be sorted in any way, so all are kept until the end: some forty bytes each.</remarks>
internal sealed class EtwTableImporter(IMachineSink sink, ImportReport report, NumberFormat numbers) : ILineImporter
{
    private const int MaxRows = 20_000_000, RowsThatDecide = 100_000;

    private readonly NameTable<int> sources = new(sink.Source);
    private readonly List<Interval> intervals = [];
    private EtwTableColumns? columns;
    private long otherClock;

    /// <summary>Whether a text has such a head.</summary>
    public static bool IsHead(ReadOnlySpan<byte> line) => EtwTableColumns.Of(line) is not null;

    /// <summary>The numbers of a table's first rows.</summary>
    public static IReadOnlyList<string> NumbersOf(LineReader lines)
    {
        var pasted = new PastedLine(keepsTabs: true);
        var found = new List<string>();
        EtwTableColumns? columns = null;
        for (var rows = 0; rows < RowsThatDecide && lines.TryRead(out var line);)
        {
            line = pasted.Of(line);
            if (columns is null) columns = EtwTableColumns.Of(line);
            else if (columns.CellsOf(line) is var cells && columns.TryKind(cells, out _))
            {
                found.AddRange(columns.NumbersOf(cells));
                rows++;
            }
        }
        return found;
    }

    public void Read(ReadOnlySpan<byte> line, bool isUnterminated)
    {
        if (line.Trim(" \t"u8).Length == 0) return;
        if (columns is null)
        {
            columns = EtwTableColumns.Of(line);
            return;
        }
        var cells = columns.CellsOf(line);
        if (!columns.TryKind(cells, out var kind))
        {
            if (columns.LostOf(cells) is { } lost) Lose(lost);
            else if (LossLine.TryRead(line, out var loss)) Lose(loss.What == LossLine.Kind.Nothing ? 0 : Math.Max(1, loss.Events));
            else report.Skip("row of no interest");
        }
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
        if (numbers.Undecided is { } either) report.Note(NumberFormat.NoteOf(either));
        report.Note("A table of DPCs and ISRs tells no requests and no threads: name your driver's by --isr and --dpc.");
    }

    private void Lose(long events)
    {
        if (events > 0)
            sink.Lost(events, "events were lost. Record again with larger and more buffers (xperf -BufferSize 1024 -MinBuffers 256 "
                + "-MaxBuffers 1024), or with fewer keywords.");
    }

    private bool TryRow(List<string> cells, IntervalKind kind, EtwTableColumns at)
    {
        if (!at.TryTimes(cells, numbers, out var begin, out var end)) return false;
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
}
