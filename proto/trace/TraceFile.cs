using System.Buffers.Binary;
using Pcie.Files;
using Pcie.Time;

namespace Pcie.Trace;

/// <summary>
/// A recording as bytes. All numbers are little-endian:
/// <code>
/// magic      8 bytes    "PCIETRC" and a zero
/// version    u32        2
/// sources    twice, host's first: u32 count, then for each a u32 length, as many bytes of UTF-8, and u8 role (see <see cref="SourceRole"/>)
/// count      i64        events
/// events     32 bytes each: i64 time (ns), u16 kind, u8 processor, u8 side, u32 source, i64 A, i64 B
/// digest     u64        <see cref="TraceDigest"/> of the events in this order
/// </code>
/// Version 1, which is still read, has no roles.
/// </summary>
public static class TraceFile
{
    /// <summary>Version of the format that is written.</summary>
    public const uint Version = 2;

    /// <summary>Bytes of an event.</summary>
    public const int EventLength = 32;

    /// <summary>A side has no more sources.</summary>
    public const int MaxSources = 65536;

    private const uint OldestVersion = 1;
    private const int MaxNameLength = 4096;
    private const int EventsPerBuffer = 1024;

    /// <summary>What a file begins with.</summary>
    public static ReadOnlySpan<byte> Magic => "PCIETRC\0"u8;

    /// <summary>Writes a recording. Names beyond 4096 bytes are cut.</summary>
    /// <exception cref="InvalidDataException">It has more than <see cref="MaxSources"/> sources, and nothing is written.</exception>
    public static void Write(ITraceContent recording, Stream stream)
    {
        foreach (var (side, name) in ((TraceSide, string)[])[(TraceSide.Host, "host"), (TraceSide.Device, "device")])
            if (recording.Sources(side).Count is > MaxSources and var count)
                throw new InvalidDataException($"The {name}'s trace has {count} sources, and its file can hold {MaxSources}; record a shorter run.");
        stream.Write(Magic);
        WriteUInt32(stream, Version);
        WriteSources(stream, recording.Sources(TraceSide.Host));
        WriteSources(stream, recording.Sources(TraceSide.Device));
        WriteUInt64(stream, (ulong)recording.Count);
        var buffer = new byte[EventsPerBuffer * EventLength];
        var digest = new TraceDigest();
        foreach (var block in recording.Blocks)
        {
            foreach (ref readonly var e in block.Span) digest.Add(e);
            for (var rest = block.Span; rest.Length > 0;)
            {
                var events = rest[..Math.Min(rest.Length, EventsPerBuffer)];
                Encode(events, buffer);
                stream.Write(buffer, 0, events.Length * EventLength);
                rest = rest[events.Length..];
            }
        }
        WriteUInt64(stream, digest.Value);
    }

    /// <summary>Reads a recording to the stream's end.</summary>
    /// <exception cref="InvalidDataException">It is none, or damaged; the message says at which byte and what was expected.</exception>
    public static TraceRecording Read(Stream stream)
    {
        var file = new BinaryCursor(stream, "recording");
        file.Magic(Magic, "\"PCIETRC\" and a zero");
        var version = file.Version(OldestVersion, Version);
        var recording = new TraceRecording();
        recording.NameSources(TraceSide.Host, ReadSources(file, version, "host"));
        recording.NameSources(TraceSide.Device, ReadSources(file, version, "device"));
        var count = file.Load(sizeof(long), "the number of events").Int64();
        if (count < 0) throw file.Damaged(file.Offset - sizeof(long), $"{count} events; expected 0 or more");
        var digest = new TraceDigest();
        // Blocks come as events do, so a number of events that is a lie costs no memory.
        for (var left = count; left > 0;)
        {
            var events = (int)Math.Min(left, EventsPerBuffer);
            file.Load(events * EventLength, $"event {count - left}");
            for (var i = 0; i < events; i++)
            {
                var place = file.Offset;
                var e = Decode(file.Bytes(EventLength).Span);
                if (ProblemOf(recording, e) is var (at, problem)) throw file.Damaged(place + at, problem);
                digest.Add(e);
                recording.Record(e);
            }
            left -= events;
        }
        var stated = file.Load(sizeof(ulong), "the digest").UInt64();
        if (stated != digest.Value)
            throw file.Damaged(file.Offset - sizeof(ulong), $"digest {stated:x16}, but the events give {digest.Value:x16}: the recording is damaged");
        file.End();
        return recording;
    }

    /// <summary>Writes events to the first <see cref="EventLength"/> bytes for each.</summary>
    public static void Encode(ReadOnlySpan<TraceEvent> events, Span<byte> bytes)
    {
        foreach (ref readonly var e in events)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes, e.Time.Nanoseconds);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], e.What);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], e.A);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], e.B);
            bytes = bytes[EventLength..];
        }
    }

    /// <summary>Reads an event from the first <see cref="EventLength"/> bytes.</summary>
    public static TraceEvent Decode(ReadOnlySpan<byte> bytes) => new(
        new SimTime(BinaryPrimitives.ReadInt64LittleEndian(bytes)),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]));

    private static (int At, string Problem)? ProblemOf(TraceRecording recording, in TraceEvent e)
    {
        if (e.Time < SimTime.Zero) return (0, $"time {e.Time.Nanoseconds} ns; expected 0 or more");
        if (!Enum.IsDefined(e.Kind)) return (8, $"kind {(ushort)e.Kind}, which this program does not know");
        if (e.Side > TraceSide.Device) return (11, $"side {(byte)e.Side}; expected 0 (host) or 1 (device)");
        var sources = recording.Sources(e.Side).Count;
        return e.Source < sources ? null : (12, $"source {e.Source}; expected a number below {sources}");
    }

    private static void WriteSources(Stream stream, IReadOnlyList<TraceSource> sources)
    {
        WriteUInt32(stream, (uint)sources.Count);
        foreach (var source in sources)
        {
            var name = BoundedText.Encode(source.Name, MaxNameLength);
            WriteUInt32(stream, (uint)name.Length);
            stream.Write(name);
            stream.WriteByte((byte)source.Role);
        }
    }

    private static List<TraceSource> ReadSources(BinaryCursor file, uint version, string side)
    {
        var count = file.Load(sizeof(uint), $"the number of the {side}'s sources").UInt32();
        if (count > MaxSources) throw file.Damaged(file.Offset - sizeof(uint), $"{count} sources; expected at most {MaxSources}");
        var sources = new List<TraceSource>();
        while (sources.Count < count)
        {
            var part = $"the {side}'s source {sources.Count}";
            var length = file.Load(sizeof(uint), part).UInt32();
            if (length > MaxNameLength)
                throw file.Damaged(file.Offset - sizeof(uint), $"a name of {length} bytes; expected at most {MaxNameLength}");
            file.Load((int)length + (version == 1 ? 0 : 1), part);
            var name = file.Text((int)length);
            sources.Add(new TraceSource(name, version == 1 ? RoleOf(name) : ReadRole(file)));
        }
        return sources;
    }

    private static SourceRole ReadRole(BinaryCursor file)
    {
        var role = (SourceRole)file.Byte();
        return Enum.IsDefined(role) ? role : throw file.Damaged(file.Offset - 1, $"role {(byte)role}, which this program does not know");
    }

    // Before there were roles, the framework's names for messages told: "daq message 0".
    private static SourceRole RoleOf(string name) =>
        name.Contains(" message ", StringComparison.Ordinal) ? SourceRole.DeviceMessage : SourceRole.Other;

    private static void WriteUInt32(Stream stream, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        stream.Write(bytes);
    }

    private static void WriteUInt64(Stream stream, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        stream.Write(bytes);
    }
}
