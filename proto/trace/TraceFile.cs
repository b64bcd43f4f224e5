using System.Buffers.Binary;
using System.Text;
using Pcie.Time;

namespace Pcie.Trace;

/// <summary>
/// A recording as bytes. All numbers are little-endian:
/// <code>
/// magic      8 bytes    "PCIETRC" and a zero
/// version    u32        1
/// sources    twice, host's first: u32 count, then for each a u32 length and as many bytes of UTF-8
/// count      i64        events
/// events     32 bytes each: i64 time (ns), u16 kind, u8 processor, u8 side, u32 source, i64 A, i64 B
/// digest     u64        <see cref="TraceDigest"/> of the events in this order
/// </code>
/// </summary>
public static class TraceFile
{
    /// <summary>Version of the format.</summary>
    public const uint Version = 1;

    /// <summary>Bytes of an event.</summary>
    public const int EventLength = 32;

    private const int MaxSources = 65536;
    private const int MaxNameLength = 4096;
    private const int EventsPerBuffer = 1024;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private static ReadOnlySpan<byte> Magic => "PCIETRC\0"u8;

    /// <summary>Writes a recording.</summary>
    public static void Write(TraceRecording recording, Stream stream)
    {
        var buffer = new byte[EventsPerBuffer * EventLength];
        stream.Write(Magic);
        WriteUInt32(stream, Version);
        WriteSources(stream, recording.Sources(TraceSide.Host));
        WriteSources(stream, recording.Sources(TraceSide.Device));
        WriteUInt64(stream, (ulong)recording.Count);
        var digest = new TraceDigest();
        var length = 0;
        foreach (var block in recording.Blocks)
            foreach (ref readonly var e in block.Span)
            {
                digest.Add(e);
                Encode(e, buffer.AsSpan(length));
                length += EventLength;
                if (length < buffer.Length) continue;
                stream.Write(buffer);
                length = 0;
            }
        stream.Write(buffer, 0, length);
        WriteUInt64(stream, digest.Value);
    }

    /// <summary>Reads a recording to the stream's end.</summary>
    /// <exception cref="InvalidDataException">It is none, or damaged; the message says at which byte and what was expected.</exception>
    public static TraceRecording Read(Stream stream) => new TraceReader(stream).Read();

    private static void WriteSources(Stream stream, IReadOnlyList<string> names)
    {
        WriteUInt32(stream, (uint)names.Count);
        foreach (var name in names)
        {
            var bytes = Encoding.UTF8.GetBytes(name);
            WriteUInt32(stream, (uint)bytes.Length);
            stream.Write(bytes);
        }
    }

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

    /// <summary>Writes an event to the first <see cref="EventLength"/> bytes.</summary>
    public static void Encode(in TraceEvent e, Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes, e.Time.Nanoseconds);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[8..], (ushort)e.Kind);
        bytes[10] = e.Processor;
        bytes[11] = (byte)e.Side;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], e.Source);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], e.A);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], e.B);
    }

    /// <summary>Reads an event from the first <see cref="EventLength"/> bytes.</summary>
    public static TraceEvent Decode(ReadOnlySpan<byte> bytes) => new(
        new SimTime(BinaryPrimitives.ReadInt64LittleEndian(bytes)),
        (TraceKind)BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]),
        bytes[10],
        (TraceSide)bytes[11],
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]));

    private sealed class TraceReader(Stream stream)
    {
        private readonly byte[] buffer = new byte[EventsPerBuffer * EventLength];
        private long offset;

        public TraceRecording Read()
        {
            if (!Take(Magic.Length, "the magic").SequenceEqual(Magic)) throw Damaged(0, "this is no recording; expected \"PCIETRC\" and a zero");
            var version = TakeUInt32("the version");
            if (version != Version) throw Damaged(offset - 4, $"format version {version}; this program reads {Version}");
            var recording = new TraceRecording();
            recording.NameSources(TraceSide.Host, TakeSources("host"));
            recording.NameSources(TraceSide.Device, TakeSources("device"));
            var count = (long)TakeUInt64("the number of events");
            if (count < 0) throw Damaged(offset - 8, $"{count} events; expected 0 or more");
            var digest = new TraceDigest();
            // Blocks come as events do, so a number of events that is a lie costs no memory.
            for (long left = count; left > 0;)
            {
                var events = (int)Math.Min(left, EventsPerBuffer);
                var bytes = Take(events * EventLength, $"event {count - left}");
                for (var i = 0; i < events; i++)
                {
                    var e = Decode(bytes[(i * EventLength)..]);
                    Check(recording, e, offset - (events - i) * EventLength);
                    digest.Add(e);
                    recording.Record(e);
                }
                left -= events;
            }
            var stated = TakeUInt64("the digest");
            if (stated != digest.Value)
                throw Damaged(offset - 8, $"digest {stated:x16}, but the events give {digest.Value:x16}: the recording is damaged");
            if (stream.ReadByte() >= 0) throw Damaged(offset, "more bytes; expected the end");
            return recording;
        }

        private static void Check(TraceRecording recording, in TraceEvent e, long at)
        {
            if (e.Time < SimTime.Zero) throw Damaged(at, $"time {e.Time.Nanoseconds} ns; expected 0 or more");
            if (!Enum.IsDefined(e.Kind)) throw Damaged(at + 8, $"kind {(ushort)e.Kind}, which this program does not know");
            if (e.Side > TraceSide.Device) throw Damaged(at + 11, $"side {(byte)e.Side}; expected 0 (host) or 1 (device)");
            var sources = recording.Sources(e.Side).Count;
            if (e.Source >= sources) throw Damaged(at + 12, $"source {e.Source}; expected a number below {sources}");
        }

        private List<string> TakeSources(string side)
        {
            var count = TakeUInt32($"the number of the {side}'s sources");
            if (count > MaxSources) throw Damaged(offset - 4, $"{count} sources; expected at most {MaxSources}");
            var names = new List<string>();
            while (names.Count < count)
            {
                var length = TakeUInt32($"the length of the name of the {side}'s source {names.Count}");
                if (length > MaxNameLength) throw Damaged(offset - 4, $"a name of {length} bytes; expected at most {MaxNameLength}");
                names.Add(Text(Take((int)length, $"the name of the {side}'s source {names.Count}"), offset - length));
            }
            return names;
        }

        private static string Text(ReadOnlySpan<byte> bytes, long at)
        {
            try
            {
                return Strict.GetString(bytes);
            }
            catch (DecoderFallbackException e)
            {
                throw Damaged(at + e.Index, "this is not UTF-8, in which names are written");
            }
        }

        private uint TakeUInt32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint), what));

        private ulong TakeUInt64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong), what));

        private ReadOnlySpan<byte> Take(int length, string what)
        {
            var taken = stream.ReadAtLeast(buffer.AsSpan(0, length), length, throwOnEndOfStream: false);
            if (taken < length) throw Damaged(offset + taken, $"the recording ends within {what}");
            offset += length;
            return buffer.AsSpan(0, length);
        }

        private static InvalidDataException Damaged(long at, string message) => new($"Byte {at} of the recording: {message}.");
    }
}
