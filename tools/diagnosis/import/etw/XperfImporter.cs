using System.Buffers.Text;
using System.Text;
using Pcie.Diagnosis.Import.Lines;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Machine;
using Pcie.Playback;
using Pcie.Tables;
using Pcie.Time;

namespace Pcie.Diagnosis.Import.Etw;

/// <summary>
/// The text of <c>xperf -a dumper</c>. Everything is read by the head's column names, because columns vary from version to version.
/// Timestamps are microseconds.
/// </summary>
internal sealed class XperfImporter : ILineImporter
{
    private const int MaxProcessors = 4096, MaxProviders = 10_000;
    private const long MaxMicroseconds = long.MaxValue / 4_000;

    private readonly IMachineSink sink;
    private readonly ImportReport report;
    private readonly TimestampMeaning meaning;
    private readonly XperfHeader header = new();
    private readonly NameTable<int> sources;
    private readonly NameTable<int> threads;
    private readonly List<XperfRow> providers = [];
    private readonly XperfProcessor?[] processors = new XperfProcessor?[MaxProcessors];
    private readonly long[] refused = new long[Enum.GetValues<Refusal>().Length];
    private bool inHeader, hadHeader;
    private readonly IReadOnlyList<string> events;
    private readonly HashSet<int> ofFramework = [];
    private long frameworkRows, frameworkCalls;

    public XperfImporter(IMachineSink sink, ImportReport report, TimestampMeaning meaning, IReadOnlyList<string> events)
    {
        (this.sink, this.report, this.meaning, this.events) = (sink, report, meaning, events);
        report.Timestamps = meaning;
        sources = new NameTable<int>(sink.Source);
        threads = new NameTable<int>(name => sink.Source(IsIdle(name) ? Interval.Idle : name));
    }

    private enum Refusal
    {
        None, ErrorLine, Stack, NotInHead, NoInterest, TooFewCells, BadNumber, BadProcessor, BeforeZero, Blank, Backwards, TooDeep,
    }

    public void Read(ReadOnlySpan<byte> line, bool isUnterminated)
    {
        if (inHeader)
        {
            if (XperfHeader.IsEnd(line)) EndHeader();
            else header.Add(line);
            return;
        }
        if (XperfHeader.IsBegin(line))
        {
            inHeader = true;
            return;
        }
        if (line.TrimStart((byte)' ').StartsWith("OS Version:"u8))
        {
            ReadTrailer(line);
            return;
        }
        var refusal = ReadRow(line);
        if (refusal is Refusal.None or Refusal.ErrorLine or Refusal.Stack or Refusal.NoInterest or Refusal.BeforeZero or Refusal.Backwards)
            refused[(int)refusal]++;
        else if (isUnterminated) report.Refuse("last line cut off", line);
        else if (refusal is Refusal.Blank or Refusal.NotInHead && LossLine.TryRead(line, out var loss))
        {
            if (loss.What != LossLine.Kind.Nothing) Lose(loss.Events, 0);
        }
        else if (refusal != Refusal.Blank || line.Trim((byte)' ').Length > 0) report.Refuse(ReasonOf(refusal), line);
    }

    public void Complete()
    {
        if (!hadHeader) throw new InvalidDataException("The xperf text has no EndHeader line: without its head, its columns are not known.");
        foreach (var processor in processors) processor?.Complete();
        sources.Complete(report);
        threads.Complete(report);
        Count(Refusal.ErrorLine);
        Count(Refusal.Stack);
        Count(Refusal.NoInterest);
        Count(Refusal.BeforeZero);
        Count(Refusal.Backwards);
        foreach (var row in providers) report.AddProviderEvent(row.Name, row.Count);
        var named = processors.Sum(processor => processor?.Renamed ?? 0);
        if (named > 0)
            report.Note($"{named} ISRs and DPCs of KMDF drivers, which are recorded as Wdf01000.sys, have the name of the callback "
                + "that the framework called in them.");
        if (frameworkRows > named)
            report.Note($"{frameworkRows - named} ISRs and DPCs are those of KMDF drivers, recorded as Wdf01000.sys, the framework that calls them. "
                + (frameworkCalls == 0 ? "To see whose they are, record with the keywords WDF_DPC and WDF_INTERRUPT as well."
                    : "No callback lies in them."));
    }

    // What is well understood and of no use; the others have been told with an example.
    private void Count(Refusal refusal)
    {
        if (refused[(int)refusal] > 0) report.Skip(ReasonOf(refusal), refused[(int)refusal]);
    }

    private static string ReasonOf(Refusal refusal) => refusal switch
    {
        Refusal.ErrorLine => "\"Error:\" line",
        Refusal.Stack => "stack row",
        Refusal.NotInHead => "row that the head does not name",
        Refusal.NoInterest => "row of no interest",
        Refusal.TooFewCells => "cells missing",
        Refusal.BadNumber => "number not readable",
        Refusal.BadProcessor => $"processor {MaxProcessors} or above",
        Refusal.BeforeZero => "began before the recording",
        Refusal.Backwards => "time ran backwards on a processor",
        Refusal.TooDeep => "more intervals open than nest",
        _ => "line that is no row",
    };

    private void EndHeader()
    {
        inHeader = false;
        hadHeader = true;
        foreach (var name in (ReadOnlySpan<string>)["Interrupt", "DPC", "DPCTmr", "ThreadedDPC", "ThreadDPC", "CSwitch", "SampledProfile"])
            if (header[Encoding.UTF8.GetBytes(name)].Missing is { } column)
                throw new InvalidDataException($"The xperf text's head gives {name} no column {column}, which it takes to read its rows.");
        if (header["DPC"u8].Kind == XperfRowKind.Undefined && header["Interrupt"u8].Kind == XperfRowKind.Undefined)
            report.Note("The head names neither Interrupt nor DPC: record with xperf -on ...+DPC+INTERRUPT.");
    }

    private Refusal ReadRow(ReadOnlySpan<byte> line)
    {
        var comma = line.IndexOf((byte)',');
        var name = (comma < 0 ? line : line[..comma]).Trim((byte)' ');
        if (name.StartsWith("Error:"u8)) return Refusal.ErrorLine;
        if (comma < 0) return Refusal.Blank;
        var row = header[name];
        if (row.Kind is XperfRowKind.Undefined) return name.StartsWith("Stack"u8) ? Refusal.Stack : Refusal.NotInHead;
        if (row.Kind is XperfRowKind.Stack) return Refusal.Stack;
        if (row.Kind is XperfRowKind.Other) return Refusal.NoInterest;
        if (row.Kind is XperfRowKind.Loss)
        {
            Lose(0, 0);
            return Refusal.None;
        }
        if (row.Kind is XperfRowKind.Provider && !IsWanted(row)) return Refusal.None;
        Span<Range> cells = stackalloc Range[XperfRow.MaxCells];
        cells = cells[..Math.Min(XperfCells.Split(line, cells), XperfRow.MaxCells)];
        if (!TryCell(line, cells, row.TimeStamp, out var time) || !TryCell(line, cells, row.Cpu, out var cpu))
            return Math.Max(row.TimeStamp, row.Cpu) >= cells.Length ? Refusal.TooFewCells : Refusal.BadNumber;
        if (cpu >= MaxProcessors) return Refusal.BadProcessor;
        var processor = processors[cpu] ??= new XperfProcessor((ushort)cpu, sink, ofFramework);
        return row.Kind switch
        {
            XperfRowKind.ContextSwitch => ReadSwitch(line, cells, row, processor, TimeOf(time)),
            XperfRowKind.Sample => ReadSample(line, cells, row, processor, TimeOf(time)),
            XperfRowKind.FrameworkCall => ReadFrameworkCall(line, cells, row, processor, TimeOf(time)),
            XperfRowKind.Provider => ReadEvent(row, processor, TimeOf(time)),
            _ => ReadInterval(line, cells, row, processor, time),
        };
    }

    private Refusal ReadInterval(ReadOnlySpan<byte> line, ReadOnlySpan<Range> cells, XperfRow row, XperfProcessor processor, long time)
    {
        if (row.Elapsed >= cells.Length) return Refusal.TooFewCells;
        if (!TryCell(line, cells, row.Elapsed, out var elapsed)) return Refusal.BadNumber;
        var owner = OwnerOf(line, cells, row);
        if (owner.Length == 0) return Refusal.TooFewCells;
        var detail = row.Vector >= 0 && TryCell(line, cells, row.Vector, out var vector) ? vector : -1;
        var source = sources[owner];
        if (owner.StartsWith("Wdf01000.sys"u8))
        {
            frameworkRows++;
            ofFramework.Add(source);
        }
        if (meaning == TimestampMeaning.Start)
        {
            return processor.Started(new Interval(row.Interval, processor.Number, source, TimeOf(time), TimeOf(time + elapsed), detail))
                ? Refusal.None : Refusal.TooDeep;
        }
        if (elapsed > time) return Refusal.BeforeZero;
        processor.Ended(new Interval(row.Interval, processor.Number, source, TimeOf(time - elapsed), TimeOf(time), detail));
        return Refusal.None;
    }

    private Refusal ReadSwitch(ReadOnlySpan<byte> line, ReadOnlySpan<Range> cells, XperfRow row, XperfProcessor processor, SimTime time)
    {
        if (row.Process >= cells.Length) return Refusal.TooFewCells;
        return processor.Switched(time, threads[line[cells[row.Process]]]) ? Refusal.None : Refusal.Backwards;
    }

    private Refusal ReadSample(ReadOnlySpan<byte> line, ReadOnlySpan<Range> cells, XperfRow row, XperfProcessor processor, SimTime time)
    {
        var owner = OwnerOf(line, cells, row);
        if (owner.Length == 0) return Refusal.TooFewCells;
        processor.Sampled(time, sources[owner]);
        return Refusal.None;
    }

    // WDF's trace of a callback, made before the call (FxPerfTraceInterrupt, FxPerfTraceDpc).
    private Refusal ReadFrameworkCall(ReadOnlySpan<byte> line, ReadOnlySpan<Range> cells, XperfRow row, XperfProcessor processor, SimTime time)
    {
        var owner = OwnerOf(line, cells, row);
        if (owner.Length == 0) return Refusal.TooFewCells;
        frameworkCalls++;
        processor.Called(row.Interval == IntervalKind.Isr, time, sources[owner]);
        return Refusal.None;
    }

    private Refusal ReadEvent(XperfRow row, XperfProcessor processor, SimTime time)
    {
        processor.Wrote(time, sources[Encoding.UTF8.GetBytes(row.Name)]);
        return Refusal.None;
    }

    private bool IsWanted(XperfRow row)
    {
        if (row.Count++ == 0)
        {
            if (providers.Count < MaxProviders) providers.Add(row);
            row.IsWanted = row is { TimeStamp: >= 0, Cpu: >= 0 }
                && events.Any(name => row.Name == name || row.Name.StartsWith(name + "/", StringComparison.Ordinal));
        }
        return row.IsWanted;
    }

    // Image!Function, or without symbols the address.
    private static ReadOnlySpan<byte> OwnerOf(ReadOnlySpan<byte> line, ReadOnlySpan<Range> cells, XperfRow row)
    {
        var owner = row.Function >= 0 && row.Function < cells.Length ? line[cells[row.Function]] : default;
        if (owner.Length == 0 && row.Address >= 0 && row.Address < cells.Length) owner = line[cells[row.Address]];
        return owner.Length >= 2 && owner[0] == '"' && owner[^1] == '"' ? owner[1..^1] : owner;
    }

    private static bool TryCell(ReadOnlySpan<byte> line, ReadOnlySpan<Range> cells, int column, out long value)
    {
        value = 0;
        if (column >= cells.Length) return false;
        var cell = line[cells[column]];
        return Utf8Parser.TryParse(cell, out value, out var used) && used == cell.Length && value is >= 0 and < MaxMicroseconds;
    }

    private static SimTime TimeOf(long microseconds) => new(microseconds * 1_000);

    // "Idle (   0)", or "\"Idle\" (0)".
    private static bool IsIdle(string process) => process.StartsWith("Idle (", StringComparison.Ordinal)
        || process.StartsWith("\"Idle\" (", StringComparison.Ordinal);

    private void ReadTrailer(ReadOnlySpan<byte> line)
    {
        var events = NumberAfter(line, "Events Lost:"u8);
        var buffers = NumberAfter(line, "Buffers lost:"u8);
        if (events > 0 || buffers > 0) Lose(events, buffers);
    }

    private void Lose(long events, long buffers) => sink.Lost(events,
        (events + buffers == 0 ? "The recording lost events, it does not say how many."
            : $"The recording lost {Counted.Of(events, "event")} and {Counted.Of(buffers, "buffer")}.")
        + " Record again with larger and more buffers (xperf -BufferSize 1024 -MinBuffers 256 -MaxBuffers 1024), on another disk, "
        + "or with fewer keywords.");

    // "1,234" before a comma that ends the figure.
    private static long NumberAfter(ReadOnlySpan<byte> line, ReadOnlySpan<byte> key)
    {
        if (line.IndexOf(key) is not (var at and >= 0)) return 0;
        line = line[(at + key.Length)..].TrimStart((byte)' ');
        if (!Utf8Parser.TryParse(line, out long number, out var used) || number < 0) return 0;
        while (line.Length >= used + 4 && line[used] is (byte)',' or (byte)'.' && number < long.MaxValue / 2000
            && Utf8Parser.TryParse(line.Slice(used + 1, 3), out uint group, out var digits) && digits == 3
            && (line.Length == used + 4 || !char.IsAsciiDigit((char)line[used + 4])))
        {
            number = number * 1000 + group;
            used += 4;
        }
        return number;
    }
}
