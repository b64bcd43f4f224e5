using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Pcie.Diagnosis.Import.Etw;
using Pcie.Diagnosis.Import.Ftrace;
using Pcie.Diagnosis.Import.LatencyMon;
using Pcie.Diagnosis.Import.Lines;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Import.Summaries;
using Pcie.Diagnosis.Machine;

namespace Pcie.Diagnosis.Import;

/// <summary>
/// Reads a recording of a real machine, whatever tool wrote it: the format is found by its content. The file may be compressed by gzip, and
/// may be UTF-16, as a redirection in PowerShell writes it.
/// </summary>
/// <remarks>Streams: memory does not grow with the file, only with the number of different names in it, of which <see cref="NameTable{T}"/>
/// tells so many apart and no more.</remarks>
public sealed class RecordingImporter
{
    private const int SampleBytes = 256 << 10;
    private const int LinesPerProgress = 1 << 14;

    private static ReadOnlySpan<byte> GzipMagic => [0x1f, 0x8b];
    private static ReadOnlySpan<byte> Utf16Mark => [0xff, 0xfe];
    private static ReadOnlySpan<byte> Utf16BigEndianMark => [0xfe, 0xff];
    private static ReadOnlySpan<byte> Utf8Mark => [0xef, 0xbb, 0xbf];

    private readonly Func<Stream> open;
    private readonly string name;
    private readonly TimestampMeaning timestamps;
    private readonly IReadOnlyList<string> events;
    private readonly double clockRate;
    private readonly bool isOneProcessor;

    private RecordingImporter(Func<Stream> open, string name, TimestampMeaning timestamps, IReadOnlyList<string> events, double clockRate)
    {
        this.events = events;
        this.clockRate = clockRate;
        this.open = open;
        this.name = name;
        this.timestamps = timestamps;
        using var raw = open();
        using var text = TextOf(raw);
        var sample = new byte[SampleBytes];
        int length;
        try
        {
            length = text.ReadAtLeast(sample, sample.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(e);
        }
        Format = RecordingSniffer.FormatOf(sample.AsSpan(0, length), out isOneProcessor) ?? throw new InvalidDataException(
            RecordingSniffer.KnownOther(sample.AsSpan(0, length)) is { } other ? $"{name} is {other}"
            : $"{name} is no recording that is understood. Expected the text of ftrace (trace-cmd report), of perf script, of xperf -a dumper, "
            + "or a LatencyMon report, compressed by gzip or not. An .etl is made text by: xperf -i trace.etl -o trace.txt -a dumper. "
            + "Of a run of ours it is the trace that emu run --trace FILE or --flight FILE writes; as .csv or .perfetto-trace it is for other "
            + "programs, and is not read back");
    }

    public RecordingFormat Format { get; }

    /// <summary>Whether it says when what happened; a summary does not.</summary>
    public bool HasTimes => Format is RecordingFormat.Ftrace or RecordingFormat.PerfScript or RecordingFormat.XperfDumper or RecordingFormat.EtwTable;

    /// <param name="events">
    /// Events of the user's own code that are told as instants: <c>Provider/Event</c> of an xperf text, with or without what follows; an event's name
    /// of a Linux text.
    /// </param>
    /// <param name="clockRate">Of a Linux text: ticks a second of a trace clock that counts; 0 if it is not known.</param>
    /// <exception cref="InvalidDataException">It is none of the formats that are understood; says which are.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static RecordingImporter Open(string path, TimestampMeaning timestamps = TimestampMeaning.Detect,
        IReadOnlyList<string>? events = null, double clockRate = 0) =>
        Open(() => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1), Path.GetFileName(path),
            timestamps, events, clockRate);

    /// <summary>The same for what is not a file.</summary>
    /// <param name="open">Gives the recording from its beginning, as often as it is called.</param>
    public static RecordingImporter Open(Func<Stream> open, string name, TimestampMeaning timestamps = TimestampMeaning.Detect,
        IReadOnlyList<string>? events = null, double clockRate = 0) =>
        new(open, name, timestamps, events ?? [], clockRate);

    /// <summary>Reads it all. A LatencyMon report tells the sink nothing: see <see cref="ImportReport.LatencyMon"/>.</summary>
    /// <exception cref="InvalidDataException">Its head lacks what the format needs, or it is damaged; says what.</exception>
    public ImportReport Import(IMachineSink sink, IProgress<ImportProgress>? progress = null, CancellationToken cancellation = default)
    {
        var report = new ImportReport { Format = Format };
        using var raw = open();
        using var text = TextOf(raw);
        var counted = new CountingSink(sink, report);
        ILineImporter importer = Format switch
        {
            RecordingFormat.XperfDumper => new XperfImporter(counted, report, MeaningOf(), events),
            RecordingFormat.LatencyMon => new LatencyMonImporter(report),
            RecordingFormat.EtwTable => new EtwTableImporter(counted, report, NumberFormat.Of(LookedAtBefore(EtwTableImporter.NumbersOf))),
            RecordingFormat.XperfDpcIsr => new DpcIsrImporter(report),
            RecordingFormat.RtlaTimerlat => new RtlaImporter(report),
            RecordingFormat.RtlaTable => new RtlaTableImporter(report),
            RecordingFormat.FunctionGraph => new FunctionGraphImporter(report),
            RecordingFormat.Cyclictest => new CyclictestImporter(report),
            RecordingFormat.Bcc => new BccImporter(report),
            RecordingFormat.SchedTimehist => new TimehistImporter(report),
            RecordingFormat.LatencyTracer => new LatencyTracerImporter(report),
            _ => new FtraceImporter(counted, report, events, isOneProcessor, clockRate),
        };
        ReadLines(text, raw, importer, report, progress, cancellation);
        NoteIfCut(raw, report);
        counted.Complete();
        return report;
    }

    private void ReadLines(Stream text, Stream raw, ILineImporter importer, ImportReport report,
        IProgress<ImportProgress>? progress, CancellationToken cancellation)
    {
        var lines = new LineReader(text);
        var pasted = new PastedLine(keepsTabs: Format == RecordingFormat.EtwTable);
        while (TryRead(lines, out var line))
        {
            if (lines.IsUnterminated || !pasted.IsKept(line)) importer.Read(pasted.Of(line), lines.IsUnterminated);
            if (++report.Lines % LinesPerProgress != 0) continue;
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(new ImportProgress(raw.Position, raw.Length));
        }
        importer.Complete();
        report.Bytes = lines.BytesRead;
        if (lines.Overlong > 0) report.Skip("line longer than 1 MiB", lines.Overlong);
        progress?.Report(new ImportProgress(raw.Length, raw.Length));
    }

    private bool TryRead(LineReader lines, out ReadOnlySpan<byte> line)
    {
        try
        {
            return lines.TryRead(out line);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(e);
        }
    }

    private TimestampMeaning MeaningOf() => timestamps != TimestampMeaning.Detect ? timestamps : LookedAtBefore(XperfTimestamps.Detect);

    // Looks at the beginning twice rather than keeping it.
    private T LookedAtBefore<T>(Func<LineReader, T> look)
    {
        using var raw = open();
        using var text = TextOf(raw);
        try
        {
            return look(new LineReader(text));
        }
        catch (InvalidDataException e)
        {
            throw Damaged(e);
        }
    }

    private static Stream TextOf(Stream raw)
    {
        Span<byte> head = stackalloc byte[4];
        head = head[..raw.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        // A byte order mark is no text. Without one, every other byte of a letter is zero.
        var isMarked = head.StartsWith(Utf16Mark) || head.StartsWith(Utf16BigEndianMark);
        var utf16 = head.StartsWith(Utf16Mark) || head is [not 0, 0, not 0, 0] ? Encoding.Unicode
            : isMarked || head is [0, not 0, 0, not 0] ? Encoding.BigEndianUnicode : null;
        raw.Position = isMarked ? 2 : head.StartsWith(Utf8Mark) ? 3 : 0;
        if (head.StartsWith(GzipMagic)) return new GZipStream(raw, CompressionMode.Decompress);
        return utf16 is null ? raw : Encoding.CreateTranscodingStream(raw, utf16, Encoding.UTF8);
    }

    // GZipStream takes an early end of the file for the end. The last four bytes are the text's length (RFC 1952, 2.3.1).
    private static void NoteIfCut(Stream raw, ImportReport report)
    {
        Span<byte> bytes = stackalloc byte[4];
        raw.Position = 0;
        if (raw.ReadAtLeast(bytes[..2], 2, throwOnEndOfStream: false) < 2 || !bytes.StartsWith(GzipMagic) || raw.Length < 18) return;
        raw.Position = raw.Length - 4;
        raw.ReadExactly(bytes);
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != (uint)report.Bytes)
            report.Note("The gzip file seems to be cut off: it does not end with the length of what was read. "
                + "(Neither does one that was made of several, which is read whole.)");
    }

    private InvalidDataException Damaged(InvalidDataException e) => new($"{name} is damaged: {e.Message} Expected a complete gzip file.");
}
