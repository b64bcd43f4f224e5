using System.Buffers.Binary;
using System.IO.Hashing;
using Pcie.Files;
using Pcie.Link.Codec;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Link.Recording;

/// <summary>A block of a session recording while it is filled. <see cref="SessionFormat"/> says what is in it.</summary>
/// <remarks>Adding allocates nothing once the buffer has grown to its working size.</remarks>
internal sealed class SessionBlock
{
    // Behind the place for the block's head. Short payloads fit behind what fills a block, so that it does not grow for them.
    private byte[] buffer = new byte[SessionFormat.BlockHead + SessionFormat.FullBlock + 4096];
    private int length = SessionFormat.BlockHead;
    private int entries;
    private Deltas host, device;

    public bool IsEmpty => entries == 0;

    /// <summary>Bytes that it takes in the file.</summary>
    public int Length => length;

    /// <summary>The end of the run and that of the session take no more (bytes).</summary>
    public const int MostOfEnds = 2 * SessionFormat.MaxEntry + SessionFormat.MaxText;

    /// <summary>A TLP takes no more (bytes).</summary>
    /// <param name="kept">As for <see cref="Add"/>.</param>
    public static int MostOf(in Tlp tlp, int kept) =>
        SessionFormat.MaxEntry + (!tlp.HasPayload ? 0 : kept < 0 ? tlp.Length : Math.Min(tlp.Length, kept));

    public bool IsFull => length - SessionFormat.BlockHead >= SessionFormat.FullBlock;

    /// <param name="at">Its time, in nanoseconds.</param>
    /// <param name="kept">Most bytes to keep of the payload; negative for all.</param>
    public void Add(in Tlp tlp, ReadOnlySpan<byte> payload, LinkDirection direction, SimTime at, int kept)
    {
        var cut = kept >= 0 && payload.Length > kept;
        var stored = cut ? payload[..kept] : payload;
        Reserve(SessionFormat.MaxEntry + stored.Length);
        ref var last = ref direction == LinkDirection.HostToDevice ? ref host : ref device;
        buffer[length++] = (byte)((int)tlp.Kind | (int)direction << 3 | (int)tlp.Status << 4 | (cut ? 0x80 : 0));

        var writer = new WireWriter(buffer.AsSpan(length));
        writer.Varint(SessionFormat.ZigZag(at.Nanoseconds - last.Time));
        if (tlp.Kind != TlpKind.MemoryWrite) writer.Varint(tlp.Tag);
        writer.Varint(SessionFormat.ZigZag((long)(tlp.Address - last.Address)));
        writer.Varint((ulong)tlp.Length);
        length += writer.Position;
        (last.Time, last.Address) = (at.Nanoseconds, tlp.Address);

        if (tlp.Kind != TlpKind.Completion) buffer[length++] = (byte)(tlp.FirstByteEnables | tlp.LastByteEnables << 4);
        if (cut)
        {
            var number = new WireWriter(buffer.AsSpan(length));
            number.Varint((ulong)stored.Length);
            length += number.Position;
        }
        stored.CopyTo(buffer.AsSpan(length));
        length += stored.Length;
        if (cut)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(buffer.AsSpan(length), XxHash3.HashToUInt64(payload));
            length += sizeof(ulong);
        }
        entries++;
    }

    public void AddEndOfRun(SimTime at)
    {
        Reserve(SessionFormat.MaxEntry);
        buffer[length++] = 0;
        buffer[length++] = SessionFormat.EndOfRun;
        var writer = new WireWriter(buffer.AsSpan(length));
        writer.Varint((ulong)at.Nanoseconds);
        length += writer.Position;
        entries++;
    }

    public void AddCut()
    {
        Reserve(SessionFormat.MaxEntry);
        buffer[length++] = 0;
        buffer[length++] = SessionFormat.Cut;
        entries++;
    }

    public void AddEndOfSession(LinkDown down)
    {
        var text = BoundedText.Encode(down.Message, SessionFormat.MaxText);
        Reserve(SessionFormat.MaxEntry + text.Length);
        buffer[length++] = 0;
        buffer[length++] = SessionFormat.EndOfSession;
        buffer[length++] = (byte)down.Reason;
        var writer = new WireWriter(buffer.AsSpan(length));
        writer.Varint((ulong)text.Length);
        length += writer.Position;
        text.CopyTo(buffer.AsSpan(length));
        length += text.Length;
        entries++;
    }

    /// <summary>Writes the block, and empties it for its next use.</summary>
    public void WriteTo(Stream stream)
    {
        var body = length - SessionFormat.BlockHead;
        BinaryPrimitives.WriteInt32LittleEndian(buffer, body);
        BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(4), entries);
        var hash = XxHash3.HashToUInt64(buffer.AsSpan(SessionFormat.BlockHead, body), SessionFormat.SeedOf(body, entries));
        BinaryPrimitives.WriteUInt64LittleEndian(buffer.AsSpan(8), hash);
        stream.Write(buffer, 0, length);
        length = SessionFormat.BlockHead;
        entries = 0;
        (host, device) = (default, default);
    }

    private void Reserve(int bytes)
    {
        if (length + bytes > buffer.Length) Array.Resize(ref buffer, Math.Max(buffer.Length * 2, length + bytes));
    }

    private struct Deltas
    {
        public long Time;
        public ulong Address;
    }
}
