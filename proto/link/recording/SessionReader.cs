using System.Buffers.Binary;
using System.IO.Hashing;
using Pcie.Files;
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
    private readonly BinaryCursor file;
    private readonly long[] numbers = new long[2];
    private readonly long[] times = new long[2];
    private readonly ulong[] addresses = new ulong[2];
    private int left;
    private long entries;

    /// <param name="stream">Disposed with this.</param>
    /// <exception cref="InvalidDataException">It is no session recording.</exception>
    public SessionReader(Stream stream)
    {
        this.stream = stream;
        file = new BinaryCursor(stream, "session recording");
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

    /// <summary>How the session ended, once everything was read; of a recording that is cut, what is known of that.</summary>
    public LinkDown? Down { get; private set; }

    /// <summary>Whether the recording had its limit before the session its end, once everything was read.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Reads the next TLP.</summary>
    /// <returns>False at the session's end.</returns>
    /// <exception cref="InvalidDataException">The recording is damaged there, or ends without the session's end.</exception>
    public bool TryRead(out RecordedTlp recorded)
    {
        recorded = default;
        while (Down is null)
        {
            if (left == 0) LoadBlock();
            left--;
            entries++;
            var start = file.Offset;
            var first = file.Byte();
            var isTlp = (first & 7) != 0;
            if (isTlp) recorded = ReadTlp(first, start);
            else ReadControl(first, start);
            if (left == 0 && file.Rest.Length > 0) throw file.Damaged(file.Offset, $"{file.Rest.Length} bytes behind the block's last entry");
            if (isTlp) return true;
        }
        return false;
    }

    public void Dispose() => stream.Dispose();

    private SessionHead ReadHead()
    {
        file.Magic(SessionFormat.Magic, "\"PCIETLPS\"");
        file.Version(SessionFormat.Version, SessionFormat.Version);
        var length = file.Load(sizeof(uint), "the head").UInt32();
        if (length > SessionFormat.MaxHead)
            throw file.Damaged(file.Offset - sizeof(uint), $"a head of {length} bytes; expected at most {SessionFormat.MaxHead}");
        var bytes = file.Load((int)length + sizeof(ulong), "the head").Rest;
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes[(int)length..]) != XxHash3.HashToUInt64(bytes[..(int)length]))
            throw file.Damaged(file.Offset, "the head is not what its hash says");
        var head = SessionHead.Read(file);
        return file.Rest.Length == sizeof(ulong) ? head : throw file.Damaged(file.Offset, "more bytes, or fewer; expected the end of the head");
    }

    private void LoadBlock()
    {
        if (!file.TryLoad(SessionFormat.BlockHead, "the head of a block"))
            throw file.Damaged(file.Offset, $"the recording ends after {entries} entries without the session's end: the recorder was stopped");
        var place = file.Offset;
        var length = file.Int32();
        left = file.Int32();
        var hash = file.UInt64();
        if (length is < 1 or > SessionFormat.MaxBody) throw file.Damaged(place, $"a block of {length} bytes; expected 1 to {SessionFormat.MaxBody}");
        if (left < 1 || left > length) throw file.Damaged(place + 4, $"a block of {left} entries in {length} bytes");
        if (XxHash3.HashToUInt64(file.Load(length, "a block").Rest, SessionFormat.SeedOf(length, left)) != hash)
            throw file.Damaged(place, "the block is not what its hash says");
        Array.Clear(times);
        Array.Clear(addresses);
    }

    private RecordedTlp ReadTlp(byte first, long start)
    {
        var kind = (TlpKind)(first & 7);
        if (kind > TlpKind.Message) throw file.Damaged(start, $"kind {(int)kind}; expected 0 to 6");
        var status = (CompletionStatus)(first >> 4 & 7);
        if (!Enum.IsDefined(status)) throw file.Damaged(start, $"status {(int)status}; expected 0 (SC), 1 (UR) or 4 (CA)");
        var direction = (LinkDirection)(first >> 3 & 1);
        var way = (int)direction;

        var time = times[way] + SessionFormat.FromZigZag(file.Varint());
        if (time is < 0 or long.MaxValue) throw file.Damaged(start, $"time {time} ns; expected 0 or more");
        var tag = kind == TlpKind.MemoryWrite ? 0 : file.Varint();
        if (tag > 1023) throw file.Damaged(start, $"tag {tag}; expected 0 to 1023");
        var address = addresses[way] + (ulong)SessionFormat.FromZigZag(file.Varint());
        var length = file.Varint();
        if (length > Frame.MaxPayload) throw file.Damaged(start, $"a length of {length}; expected at most {Frame.MaxPayload}");
        var enables = kind == TlpKind.Completion ? 0 : file.Byte();
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
            throw file.Damaged(start, $"a {kind} that no host may send: {rule}");
        (times[way], addresses[way]) = (time, address);
        var cut = (first & 0x80) != 0;
        if (cut && direction == LinkDirection.HostToDevice) throw file.Damaged(start, "a cut payload of the host; expected the whole");
        var (payload, hash) = ReadPayload(tlp, cut);
        return new RecordedTlp(direction, ++numbers[way], entries - 1, tlp, payload, hash);
    }

    private (ReadOnlyMemory<byte> Payload, ulong? Hash) ReadPayload(in Tlp tlp, bool cut)
    {
        var length = tlp.HasPayload ? tlp.Length : 0;
        if (!cut) return (file.Bytes(length), null);
        var place = file.Offset;
        var kept = file.Varint();
        if (kept >= (ulong)length) throw file.Damaged(place, $"{kept} bytes are kept of a payload of {length} that is said to be cut");
        var payload = file.Bytes((int)kept);
        return (payload, file.UInt64());
    }

    private void ReadControl(byte first, long start)
    {
        var what = file.Byte();
        if (first != 0) throw file.Damaged(start, $"an entry that begins with 0x{first:X2}; expected 0 in its upper bits");
        if (what == SessionFormat.EndOfRun)
        {
            var time = file.Varint();
            if (time >= long.MaxValue) throw file.Damaged(start, $"the run ends at {time} ns; expected less than {long.MaxValue}");
            EndOfRun = new SimTime((long)time);
            return;
        }
        if (what == SessionFormat.Cut)
        {
            IsCut = true;
            End(new LinkDown(LinkDownReason.Detached, "The recording ends at its limit; the session went on."));
            return;
        }
        if (what != SessionFormat.EndOfSession)
            throw file.Damaged(start + 1, $"{what}; expected 1 (end of the run), 2 (end of the session) or 3 (of the recording)");
        var reason = (LinkDownReason)file.Byte();
        if (!Enum.IsDefined(reason)) throw file.Damaged(file.Offset - 1, $"reason {(int)reason}; expected 0 to 2");
        var length = file.Varint();
        if (length > SessionFormat.MaxText) throw file.Damaged(start, $"a text of {length} bytes; expected at most {SessionFormat.MaxText}");
        End(new LinkDown(reason, file.Text((int)length)));
    }

    private void End(LinkDown down)
    {
        if (left > 0) throw file.Damaged(file.Offset, $"{left} entries behind the session's end");
        file.End();
        Down = down;
    }
}
