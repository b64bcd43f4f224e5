using System.Buffers.Text;
using Pcie.Diagnosis.Import.Lines;
using Pcie.Diagnosis.Import.Results;
using Pcie.Playback;

namespace Pcie.Diagnosis.Import.Etw;

/// <summary>
/// Finds out whether a dumper's TimeStamp is the start or the end of a DPC: DPCs of one processor never overlap, so the reading with fewer
/// overlaps is right. Looks at the first rows only.
/// </summary>
internal static class XperfTimestamps
{
    private const int Enough = 50_000;
    private const long MaxLines = 2_000_000;

    public static TimestampMeaning Detect(LineReader lines)
    {
        var header = new XperfHeader();
        var processors = new Dictionary<long, Overlaps>();
        var pasted = new PastedLine();
        var inHeader = false;
        var seen = 0;
        Span<Range> cells = stackalloc Range[XperfRow.MaxCells];
        for (var n = 0L; n < MaxLines && seen < Enough && lines.TryRead(out var line); n++)
        {
            line = pasted.Of(line);
            if (XperfHeader.IsBegin(line)) inHeader = true;
            else if (XperfHeader.IsEnd(line)) inHeader = false;
            else if (inHeader) header.Add(line);
            else if (TryReadDpc(header, line, cells, out var time, out var elapsed, out var cpu))
            {
                seen++;
                processors[cpu] = processors.GetValueOrDefault(cpu, Overlaps.None).With(time, elapsed);
            }
        }
        return processors.Values.Sum(p => p.IfStart) < processors.Values.Sum(p => p.IfEnd) ? TimestampMeaning.Start : TimestampMeaning.End;
    }

    private static bool TryReadDpc(XperfHeader header, ReadOnlySpan<byte> line, Span<Range> cells, out long time, out long elapsed, out long cpu)
    {
        time = elapsed = cpu = 0;
        var comma = line.IndexOf((byte)',');
        if (comma < 0) return false;
        var row = header[line[..comma].Trim((byte)' ')];
        var isDpc = row.Kind == XperfRowKind.Interval && row.Interval is IntervalKind.Dpc or IntervalKind.TimerDpc;
        if (!isDpc || row.Missing is not null) return false;
        var count = XperfCells.Split(line, cells);
        return Math.Max(row.TimeStamp, Math.Max(row.Elapsed, row.Cpu)) < Math.Min(count, cells.Length)
            && Utf8Parser.TryParse(line[cells[row.TimeStamp]], out time, out _)
            && Utf8Parser.TryParse(line[cells[row.Elapsed]], out elapsed, out _)
            && Utf8Parser.TryParse(line[cells[row.Cpu]], out cpu, out _);
    }

    // A microsecond of overlap is rounding.
    private readonly record struct Overlaps(long LastTime, long LastEnd, long IfStart, long IfEnd)
    {
        public static readonly Overlaps None = new(long.MinValue, long.MinValue, 0, 0);

        public Overlaps With(long time, long elapsed) => new(Math.Max(LastTime, time), Math.Max(LastEnd, time + elapsed),
            IfStart + (LastEnd != long.MinValue && time < LastEnd - 1 ? 1 : 0),
            IfEnd + (LastTime != long.MinValue && time - elapsed < LastTime - 1 ? 1 : 0));
    }
}
