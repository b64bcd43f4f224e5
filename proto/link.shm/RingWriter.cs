using System.Runtime.CompilerServices;

namespace Pcie.Link.Shm;

/// <summary>One side's end of the ring to the other: writes frames into it, a piece at a time if they do not fit.</summary>
/// <remarks>One thread at a time. Allocates nothing after construction.</remarks>
/// <param name="memory">Kept for as long as this is.</param>
/// <param name="data">The ring.</param>
/// <param name="writtenWord">Bytes written since the session began: ours.</param>
/// <param name="readWord">Bytes read: the other side's, who may write anything there.</param>
internal sealed unsafe class RingWriter(SharedMemory? memory, byte* data, ulong* writtenWord, ulong* readWord)
{
    /// <summary>The other side may begin with the first pieces of a long frame (bytes).</summary>
    public const int PublishEvery = 64 << 10;

    private ulong written;
    private ulong read;
    private bool isBegun;
    private int lines, payload;

    /// <summary>Whether anything can be written.</summary>
    /// <exception cref="LinkProtocolException">The other side says that it has read what is not there.</exception>
    public bool HasRoom => Room() > 0;

    /// <summary>How much of the frame's payload that was begun is written (bytes).</summary>
    public int PayloadWritten => isBegun ? payload : 0;

    /// <summary>Writes a frame, or what there is room for of it.</summary>
    /// <param name="frame">The same as before, until it is written whole.</param>
    /// <returns>Whether all of it is written now.</returns>
    /// <exception cref="LinkProtocolException">The other side says that it has read what is not there.</exception>
    public bool TryWrite(Frame frame)
    {
        var room = Room(RingRecord.Align * (1 + frame.Count) + RingRecord.Padded(frame.PayloadLength));
        if (!isBegun)
        {
            if (room == 0) return false;
            Unsafe.WriteUnaligned(At(), RingRecord.HeadOf(frame));
            Advance(RingRecord.Align, ref room);
            (isBegun, lines, payload) = (true, 0, 0);
        }
        for (; lines < frame.Count && room > 0; lines++)
        {
            Unsafe.WriteUnaligned(At(), RingRecord.LineOf(frame[lines]));
            Advance(RingRecord.Align, ref room);
        }
        var bytes = frame.Payload;
        while (lines == frame.Count && payload < bytes.Length && room > 0)
        {
            var left = bytes.Length - payload;
            var upToEnd = SharedMemory.RingSize - (int)(written % SharedMemory.RingSize);
            var piece = Math.Min(Math.Min(RingRecord.Padded(left), PublishEvery), Math.Min(room, upToEnd));
            var copied = Math.Min(piece, left);
            bytes.Slice(payload, copied).CopyTo(new Span<byte>(At(), copied));
            payload += copied;
            Advance(piece, ref room);
            if (payload < bytes.Length) Publish();
            if (room == 0) room = Room();
        }
        Publish();
        GC.KeepAlive(memory);
        isBegun = lines < frame.Count || payload < bytes.Length;
        return !isBegun;
    }

    private byte* At() => data + written % SharedMemory.RingSize;

    private void Advance(int bytes, ref int room)
    {
        written += (ulong)bytes;
        room -= bytes;
    }

    private void Publish() => Volatile.Write(ref *writtenWord, written);

    // Asks the other side only if what it has read before is not enough.
    private int Room(int wanted = 1)
    {
        var room = SharedMemory.RingSize - (int)(written - read);
        if (room >= wanted) return room;
        var now = Volatile.Read(ref *readWord);
        if (now - read > written - read || now % RingRecord.Align != 0)
            throw new LinkProtocolException($"The other side says that it has read {now:#,0} bytes of the ring; it had read {read:#,0} of "
                + $"{written:#,0}.");
        read = now;
        return SharedMemory.RingSize - (int)(written - read);
    }
}
