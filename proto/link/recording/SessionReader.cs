using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Pcie.Link.Codec;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Link.Recording;

/// <summary>Reads a session recording from beginning to end, one block in memory at a time.</summary>
/// <remarks>
/// Trusts nothing in it: everything that is not as <see cref="SessionFormat"/> says is an <see cref="InvalidDataException"/> whose text says at
/// which byte, and what was expected. Reading on after one is not possible.
/// </remarks>
public sealed class SessionReader : IDisposable
{
    private readonly Stream stream;
    private readonly long[] numbers = new long[2];
    private readonly long[] times = new long[2];
    private readonly ulong[] addresses = new ulong[2];
    private byte[] body = [];
    private int at, end;
    private int left;
    private long offset;
    private long blockOffset;
    private long entries;

    /// <param name="stream">Disposed with this.</param>
    /// <exception cref="InvalidDataException">It is no session recording.</exception>
    public SessionReader(Stream stream)
    {
        this.stream = stream;
        Head = ReadHead();
    }

    /// <exception cref="InvalidDataException">It is no session recording.</exception>
    public static SessionReader Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1 << 16);
        try
        {
            return new SessionReader(stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public SessionHead Head { get; }

    /// <summary>When a free-running run ended, once its entry was read; null if none was.</summary>
    public SimTime? EndOfRun { get; private set; }

    /// <summary>How the session ended, once everything was read.</summary>
    public LinkDown? Down { get; private set; }

    /// <summary>Reads the next TLP.</summary>
    /// <returns>False at the session's end.</returns>
    /// <exception cref="InvalidDataException">The recording is damaged there, or ends without the session's end.</exception>
    public bool TryRead(out RecordedTlp recorded)
    {
        recorded = default;
        while (Down is null)
        {
            if (left == 0) ReadBlock();
            left--;
            entries++;
            var start = at;
            var first = ReadByte();
            if ((first & 7) != 0)
            {
                recorded = ReadTlp(first, start);
                if (left == 0) CheckBodyIsRead();
                return true;
            }
            ReadControl(first, start);
            if (left == 0) CheckBodyIsRead();
        }
        return false;
    }

    public void Dispose() => stream.Dispose();

    private SessionHead ReadHead()
    {
        Span<byte> start = stackalloc byte[16];
        Fill(start, "the head");
        if (!start[..8].SequenceEqual(SessionFormat.Magic)) throw Damaged(0, "this is no session recording; expected \"PCIETLPS\"");
        var version = BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        if (version != SessionFormat.Version) throw Damaged(8, $"format version {version}; this program reads {SessionFormat.Version}");
        var length = BinaryPrimitives.ReadUInt32LittleEndian(start[12..]);
        if (length > SessionFormat.MaxHead) throw Damaged(12, $"a head of {length} bytes; expected at most {SessionFormat.MaxHead}");
        var bytes = new byte[length];
        Fill(bytes, "the head");
        var hash = start[..8];
        Fill(hash, "the head's hash");
        if (BinaryPrimitives.ReadUInt64LittleEndian(hash) != XxHash3.HashToUInt64(bytes)) throw Damaged(16, "the head is not what its hash says");
        var head = SessionHead.Decode(bytes, out var problem);
        return problem is var (place, what) ? throw Damaged(16 + place, what) : head!;
    }

    private void ReadBlock()
    {
        Span<byte> start = stackalloc byte[SessionFormat.BlockHead];
        var place = offset;
        var have = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (have == 0)
            throw Damaged(place, $"the recording ends after {entries} entries without the session's end: the recorder was stopped");
        offset += have;
        if (have < start.Length) throw Damaged(offset, "the recording ends within the head of a block");
        var length = BinaryPrimitives.ReadInt32LittleEndian(start);
        left = BinaryPrimitives.ReadInt32LittleEndian(start[4..]);
        if (length is < 1 or > SessionFormat.MaxBody) throw Damaged(place, $"a block of {length} bytes; expected 1 to {SessionFormat.MaxBody}");
        if (left < 1 || left > length) throw Damaged(place + 4, $"a block of {left} entries in {length} bytes");
        // Grows as whole blocks do, and no further than the largest allowed.
        if (body.Length < length) body = new byte[Math.Min(Math.Max(length, body.Length * 2), SessionFormat.MaxBody)];
        blockOffset = offset;
        Fill(body.AsSpan(0, length), "a block");
        if (XxHash3.HashToUInt64(body.AsSpan(0, length), SessionFormat.SeedOf(length, left)) != BinaryPrimitives.ReadUInt64LittleEndian(start[8..]))
            throw Damaged(place, "the block is not what its hash says");
        (at, end) = (0, length);
        Array.Clear(times);
        Array.Clear(addresses);
    }

    private void CheckBodyIsRead()
    {
        if (at != end) throw Wrong(at, $"{end - at} bytes behind the block's last entry");
    }

    private RecordedTlp ReadTlp(byte first, int start)
    {
        var kind = (TlpKind)(first & 7);
        if (kind > TlpKind.Completion) throw Wrong(start, $"kind {(int)kind}; expected 0 to 5");
        var status = (CompletionStatus)(first >> 4 & 7);
        if (!Enum.IsDefined(status)) throw Wrong(start, $"status {(int)status}; expected 0 (SC), 1 (UR) or 4 (CA)");
        var direction = (LinkDirection)(first >> 3 & 1);
        var way = (int)direction;

        var time = times[way] + SessionFormat.FromZigZag(ReadVarint());
        if (time is < 0 or long.MaxValue) throw Wrong(start, $"time {time} ns; expected 0 or more");
        var tag = kind == TlpKind.MemoryWrite ? 0 : ReadVarint();
        if (tag > 1023) throw Wrong(start, $"tag {tag}; expected 0 to 1023");
        var address = addresses[way] + (ulong)SessionFormat.FromZigZag(ReadVarint());
        var length = ReadVarint();
        if (length > Frame.MaxPayload) throw Wrong(start, $"a length of {length}; expected at most {Frame.MaxPayload}");
        var enables = kind == TlpKind.Completion ? 0 : ReadByte();
        var tlp = new Tlp
        {
            Kind = kind,
            Status = status,
            Tag = (ushort)tag,
            Address = address,
            Length = (int)length,
            FirstByteEnables = (byte)(enables & 0xF),
            LastByteEnables = (byte)(enables >> 4),
            SentAt = new SimTime(time),
        };
        // It may be sent again. What a device says is recorded as it was.
        if (direction == LinkDirection.HostToDevice && TlpRules.Broken(tlp, direction) is { } rule)
            throw Wrong(start, $"a {kind} that no host may send: {rule}");
        (times[way], addresses[way]) = (time, address);
        var cut = (first & 0x80) != 0;
        if (cut && direction == LinkDirection.HostToDevice) throw Wrong(start, "a cut payload of the host; expected the whole");
        var (payload, hash) = ReadPayload(tlp, cut);
        return new RecordedTlp(direction, ++numbers[way], entries - 1, tlp, payload, hash);
    }

    private (ReadOnlyMemory<byte> Payload, ulong? Hash) ReadPayload(in Tlp tlp, bool cut)
    {
        var length = tlp.HasPayload ? tlp.Length : 0;
        if (!cut) return (Take(length), null);
        var place = at;
        var kept = ReadVarint();
        if (kept >= (ulong)length) throw Wrong(place, $"{kept} bytes are kept of a payload of {length} that is said to be cut");
        var payload = Take((int)kept);
        return (payload, BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)).Span));
    }

    private void ReadControl(byte first, int start)
    {
        var what = ReadByte();
        if (first != 0) throw Wrong(start, $"an entry that begins with 0x{first:X2}; expected 0 in its upper bits");
        if (what == SessionFormat.EndOfRun)
        {
            var time = ReadVarint();
            if (time >= long.MaxValue) throw Wrong(start, $"the run ends at {time} ns; expected less than {long.MaxValue}");
            EndOfRun = new SimTime((long)time);
            return;
        }
        if (what != SessionFormat.EndOfSession) throw Wrong(start + 1, $"{what}; expected 1 (end of the run) or 2 (end of the session)");
        var reason = (LinkDownReason)ReadByte();
        if (!Enum.IsDefined(reason)) throw Wrong(at - 1, $"reason {(int)reason}; expected 0 to 2");
        var length = ReadVarint();
        if (length > SessionFormat.MaxText) throw Wrong(start, $"a text of {length} bytes; expected at most {SessionFormat.MaxText}");
        var text = Encoding.UTF8.GetString(Take((int)length).Span);
        if (left > 0) throw Wrong(at, $"{left} entries behind the session's end");
        if (stream.ReadByte() >= 0) throw Damaged(offset, "more bytes; expected the end of the recording");
        Down = new LinkDown(reason, text);
    }

    private byte ReadByte() => at < end ? body[at++] : throw Wrong(at, "the block ends within an entry");

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var next = ReadByte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
        throw Wrong(at, "a number of more than 10 bytes");
    }

    private ReadOnlyMemory<byte> Take(int length)
    {
        if (length > end - at) throw Wrong(at, $"the block ends within {length} bytes of data");
        at += length;
        return body.AsMemory(at - length, length);
    }

    private void Fill(Span<byte> bytes, string what)
    {
        var have = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (have < bytes.Length) throw Damaged(offset + have, $"the recording ends within {what}");
        offset += have;
    }

    private InvalidDataException Wrong(int place, string message) => Damaged(blockOffset + place, message);

    private static InvalidDataException Damaged(long place, string message) => new($"Byte {place} of the session recording: {message}.");
}
