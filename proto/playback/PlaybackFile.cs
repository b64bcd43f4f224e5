using System.Buffers.Binary;
using System.IO.Hashing;
using Pcie.Files;
using Pcie.Time;

namespace Pcie.Playback;

/// <summary>
/// What a machine's processors did, to be played back as a run's interference. Written by <c>emu calibrate --playback</c>.
/// </summary>
/// <remarks>
/// All numbers little-endian. Head: the 8 bytes <c>PCIEPLAY</c>, u32 version (2), u16 processors, u16 reserved (0), i64 duration in
/// nanoseconds, u32 sources, u64 records. Then each source: u16 length in bytes, name in UTF-8. Then each record, 24 bytes, in rising order
/// of begin: i64 begin and i64 length in nanoseconds, i32 source, u16 processor, u8 kind, u8 reserved (0).
/// At the end u64, the XXH3 of all bytes before it; version 1 has none.
/// </remarks>
public sealed class PlaybackFile
{
    private const uint Version = 2, WithoutHash = 1;
    private const int HeadBytes = 36, RecordBytes = 24, MaxProcessors = 4096, MaxSources = 1 << 20;

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
        var hash = new XxHash3();
        Span<byte> head = stackalloc byte[HeadBytes];
        Magic.CopyTo(head);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], Version);
        BinaryPrimitives.WriteUInt16LittleEndian(head[12..], (ushort)Processors);
        BinaryPrimitives.WriteUInt16LittleEndian(head[14..], 0);
        BinaryPrimitives.WriteInt64LittleEndian(head[16..], Duration.Nanoseconds);
        BinaryPrimitives.WriteUInt32LittleEndian(head[24..], (uint)Sources.Count);
        BinaryPrimitives.WriteUInt64LittleEndian(head[28..], (ulong)Records.Count);
        Put(head);
        Span<byte> length = stackalloc byte[2];
        foreach (var source in Sources)
        {
            var name = BoundedText.Encode(source, ushort.MaxValue);
            BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)name.Length);
            Put(length);
            Put(name);
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
            Put(record);
        }
        BinaryPrimitives.WriteUInt64LittleEndian(record, hash.GetCurrentHashAsUInt64());
        stream.Write(record[..sizeof(ulong)]);

        void Put(ReadOnlySpan<byte> bytes)
        {
            hash.Append(bytes);
            stream.Write(bytes);
        }
    }

    /// <exception cref="InvalidDataException">It is not such a file, is cut off, or contradicts itself; says where.</exception>
    public static PlaybackFile Read(Stream stream)
    {
        var file = new BinaryCursor(stream, "playback file");
        file.Magic(Magic, "what emu calibrate --playback writes, which begins with PCIEPLAY");
        var version = file.Version(WithoutHash, Version);
        var hash = new XxHash3();
        Span<byte> number = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(number, version);
        hash.Append(Magic);
        hash.Append(number);
        Load(HeadBytes - (int)file.Offset, "the head");
        var processors = file.UInt16();
        if (file.UInt16() != 0) throw file.Damaged(file.Offset - sizeof(ushort), "a reserved field that is not 0");
        var duration = new Duration(file.Int64());
        var sourceCount = file.UInt32();
        var recordCount = file.UInt64();
        if (processors is 0 or > MaxProcessors || duration.Nanoseconds <= 0 || sourceCount > MaxSources || recordCount > (ulong)Array.MaxLength)
            throw file.Damaged(0, $"the head is impossible: {processors} processors, {duration}, {sourceCount} sources, {recordCount} records");
        // The counts are not believed before the bytes are there: the lists grow as they are read.
        var sources = new List<string>();
        while (sources.Count < sourceCount)
        {
            var part = $"source {sources.Count}";
            var length = Load(sizeof(ushort), part).UInt16();
            sources.Add(Load(length, part).Text(length));
        }
        var records = new List<PlaybackRecord>();
        var last = SimTime.Zero;
        while ((ulong)records.Count < recordCount)
        {
            var place = Load(RecordBytes, "a record").Offset;
            var (begin, length, source) = (new SimTime(file.Int64()), file.Int64(), file.Int32());
            var (processor, kind) = (file.UInt16(), (IntervalKind)file.Byte());
            if (length < 0) throw file.Damaged(place, $"record {records.Count} has a negative length");
            if (file.Byte() != 0) throw file.Damaged(place, $"a reserved field of record {records.Count} is not 0");
            var record = new PlaybackRecord(kind, processor, source, begin, begin + new Duration(length));
            if (Problem(record, processors, duration, sources.Count, last) is { } problem)
                throw file.Damaged(place, $"record {records.Count}: {problem}");
            last = begin;
            records.Add(record);
        }
        if (version != WithoutHash && file.Load(sizeof(ulong), "its hash").UInt64() != hash.GetCurrentHashAsUInt64())
            throw file.Damaged(file.Offset - sizeof(ulong), "the file is not what its hash says");
        file.End();
        return new PlaybackFile(processors, duration, sources, records);

        BinaryCursor Load(int bytes, string part)
        {
            hash.Append(file.Load(bytes, part).Rest);
            return file;
        }
    }

    private static string? Problem(in PlaybackRecord r, int processors, Duration duration, int sources, SimTime last) =>
        r.Kind > IntervalKind.Stall ? $"there is no kind {(byte)r.Kind}"
        : r.Processor >= processors ? $"processor {r.Processor} of {processors}"
        : (uint)r.Source >= sources ? $"source {r.Source} of {sources}"
        : r.Begin < last ? "it begins before the one ahead of it"
        : r.End < r.Begin ? "it ends before it begins"
        : r.End > SimTime.Zero + duration ? "it ends after the recording"
        : null;
}
