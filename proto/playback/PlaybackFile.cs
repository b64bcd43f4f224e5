using System.Buffers.Binary;
using System.Text;
using Pcie.Time;

namespace Pcie.Playback;

/// <summary>
/// What a machine's processors did, to be played back as a run's interference. Written by <c>emu calibrate --playback</c>.
/// </summary>
/// <remarks>
/// All numbers little-endian. Head: the 8 bytes <c>PCIEPLAY</c>, u32 version (1), u16 processors, u16 reserved (0), i64 duration in
/// nanoseconds, u32 sources, u64 records. Then each source: u16 length in bytes, name in UTF-8. Then each record, 24 bytes, in rising order
/// of begin: i64 begin and i64 length in nanoseconds, i32 source, u16 processor, u8 kind, u8 reserved (0).
/// </remarks>
public sealed class PlaybackFile
{
    private const uint Version = 1;
    private const int HeadBytes = 36, RecordBytes = 24, MaxProcessors = 4096, MaxSources = 1 << 20;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private static ReadOnlySpan<byte> Magic => "PCIEPLAY"u8;

    /// <param name="records">In rising order of begin.</param>
    /// <exception cref="ArgumentException">A record names what is not there, ends before it begins, or is out of order.</exception>
    public PlaybackFile(int processors, Duration duration, IReadOnlyList<string> sources, IReadOnlyList<PlaybackRecord> records)
    {
        if (processors is < 1 or > MaxProcessors) throw new ArgumentException($"{processors} processors; expected 1 to {MaxProcessors}.");
        if (duration.Nanoseconds <= 0) throw new ArgumentException($"The duration is {duration}; expected more than nothing.");
        if (sources.Count > MaxSources) throw new ArgumentException($"{sources.Count} sources; expected {MaxSources} at most.");
        var last = SimTime.Zero;
        for (var i = 0; i < records.Count; i++)
        {
            var record = records[i];
            if (Problem(record, processors, duration, sources.Count, last) is { } problem) throw new ArgumentException($"Record {i}: {problem}.");
            last = record.Begin;
        }
        Processors = processors;
        Duration = duration;
        Sources = sources;
        Records = records;
    }

    /// <summary>How many processors the recorded machine had.</summary>
    public int Processors { get; }

    /// <summary>How long the recording is: after it, a run may begin it anew. Every record ends at or before it.</summary>
    public Duration Duration { get; }

    public IReadOnlyList<string> Sources { get; }

    /// <summary>In rising order of begin.</summary>
    public IReadOnlyList<PlaybackRecord> Records { get; }

    public void Write(Stream stream)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        Magic.CopyTo(head);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], Version);
        BinaryPrimitives.WriteUInt16LittleEndian(head[12..], (ushort)Processors);
        BinaryPrimitives.WriteUInt16LittleEndian(head[14..], 0);
        BinaryPrimitives.WriteInt64LittleEndian(head[16..], Duration.Nanoseconds);
        BinaryPrimitives.WriteUInt32LittleEndian(head[24..], (uint)Sources.Count);
        BinaryPrimitives.WriteUInt64LittleEndian(head[28..], (ulong)Records.Count);
        stream.Write(head);
        Span<byte> length = stackalloc byte[2];
        foreach (var source in Sources)
        {
            var name = Encoding.UTF8.GetBytes(source);
            BinaryPrimitives.WriteUInt16LittleEndian(length, checked((ushort)name.Length));
            stream.Write(length);
            stream.Write(name);
        }
        Span<byte> record = stackalloc byte[RecordBytes];
        foreach (var r in Records)
        {
            BinaryPrimitives.WriteInt64LittleEndian(record, r.Begin.Nanoseconds);
            BinaryPrimitives.WriteInt64LittleEndian(record[8..], (r.End - r.Begin).Nanoseconds);
            BinaryPrimitives.WriteInt32LittleEndian(record[16..], r.Source);
            BinaryPrimitives.WriteUInt16LittleEndian(record[20..], r.Processor);
            record[22] = (byte)r.Kind;
            record[23] = 0;
            stream.Write(record);
        }
    }

    /// <exception cref="FormatException">It is not such a file, is cut off, or contradicts itself; says where.</exception>
    public static PlaybackFile Read(Stream stream)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        Fill(stream, head, "its head");
        if (!head.StartsWith(Magic)) throw Refused("it does not begin with PCIEPLAY; expected a file that emu calibrate --playback wrote");
        if (BinaryPrimitives.ReadUInt32LittleEndian(head[8..]) is var version && version != Version)
            throw Refused($"it has version {version}; this program reads version {Version}");
        var processors = BinaryPrimitives.ReadUInt16LittleEndian(head[12..]);
        if (BinaryPrimitives.ReadUInt16LittleEndian(head[14..]) != 0) throw Refused("a reserved field of its head is not 0");
        var duration = new Duration(BinaryPrimitives.ReadInt64LittleEndian(head[16..]));
        var sourceCount = BinaryPrimitives.ReadUInt32LittleEndian(head[24..]);
        var recordCount = BinaryPrimitives.ReadUInt64LittleEndian(head[28..]);
        if (processors is 0 or > MaxProcessors || duration.Nanoseconds <= 0 || sourceCount > MaxSources || recordCount > (ulong)Array.MaxLength)
            throw Refused($"its head is impossible: {processors} processors, {duration}, {sourceCount} sources, {recordCount} records");
        // The counts are not believed before the bytes are there: the lists grow as they are read.
        var sources = new List<string>();
        for (var i = 0; i < sourceCount; i++) sources.Add(ReadName(stream, i));
        var records = new List<PlaybackRecord>();
        var last = SimTime.Zero;
        Span<byte> bytes = stackalloc byte[RecordBytes];
        for (var i = 0UL; i < recordCount; i++)
        {
            Fill(stream, bytes, $"record {i} of {recordCount}");
            var begin = new SimTime(BinaryPrimitives.ReadInt64LittleEndian(bytes));
            var length = BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]);
            if (length < 0) throw Refused($"record {i} has a negative length");
            var record = new PlaybackRecord((PlaybackKind)bytes[22], BinaryPrimitives.ReadUInt16LittleEndian(bytes[20..]),
                BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]), begin, begin + new Duration(length));
            if (bytes[23] != 0) throw Refused($"a reserved field of record {i} is not 0");
            if (Problem(record, processors, duration, sources.Count, last) is { } problem) throw Refused($"record {i}: {problem}");
            last = begin;
            records.Add(record);
        }
        if (stream.ReadByte() >= 0) throw Refused("there is more after its last record");
        return new PlaybackFile(processors, duration, sources, records);
    }

    private static string ReadName(Stream stream, int number)
    {
        Span<byte> length = stackalloc byte[2];
        Fill(stream, length, $"source {number}");
        var name = new byte[BinaryPrimitives.ReadUInt16LittleEndian(length)];
        Fill(stream, name, $"source {number}");
        try
        {
            return Strict.GetString(name);
        }
        catch (DecoderFallbackException)
        {
            throw Refused($"the name of source {number} is not UTF-8");
        }
    }

    private static void Fill(Stream stream, Span<byte> bytes, string what)
    {
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length) throw Refused($"it ends in {what}");
    }

    private static string? Problem(in PlaybackRecord r, int processors, Duration duration, int sources, SimTime last) =>
        r.Kind > PlaybackKind.Stall ? $"there is no kind {(byte)r.Kind}"
        : r.Processor >= processors ? $"processor {r.Processor} of {processors}"
        : (uint)r.Source >= sources ? $"source {r.Source} of {sources}"
        : r.Begin < last ? "it begins before the one ahead of it"
        : r.End < r.Begin ? "it ends before it begins"
        : r.End > SimTime.Zero + duration ? "it ends after the recording"
        : null;

    private static FormatException Refused(string problem) => new($"The playback file is refused: {problem}.");
}
