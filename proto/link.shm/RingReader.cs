using System.Runtime.CompilerServices;
using Pcie.Pci;

namespace Pcie.Link.Shm;

/// <summary>
/// One side's end of the ring from the other: takes frames out of it, which may come in pieces. Everything is copied once and checked then, so
/// that it does not change in between; how far the other side has written is believed as far as the ring reaches.
/// </summary>
/// <remarks>One thread at a time. Allocates nothing beyond the growth of a frame to its working size.</remarks>
/// <param name="memory">Kept for as long as this is.</param>
/// <param name="data">The ring.</param>
/// <param name="writtenWord">Bytes written since the session began: the other side's, who may write anything anywhere.</param>
/// <param name="readWord">Bytes read: ours.</param>
internal sealed unsafe class RingReader(SharedMemory? memory, byte* data, ulong* writtenWord, ulong* readWord, LinkDirection direction)
{
    // The other side may go on with a long frame meanwhile.
    private const int PublishEvery = 64 << 10;

    // Less is copied sooner than it is lent.
    private const int LeastLent = 4096;

    private const int CacheLine = 64;

    private ulong read;
    private ulong written;
    private ulong frames;
    private Frame? frame;
    private int lines, payload;
    private int lentLength;

    // What is still to come of a write of which parts were lent.
    private Tlp rest;

    /// <summary>Whether there is something to read: cheap to ask.</summary>
    public bool HasMore
    {
        get
        {
            // Where a short frame will be: who looks again and again has it by the time that the count says so, and not one trip to the other
            // processor's cache later.
            _ = Volatile.Read(ref *At());
            _ = Volatile.Read(ref *At(CacheLine));
            return Volatile.Read(ref *writtenWord) != read;
        }
    }

    /// <summary>Whether the other side can write nothing before something is read.</summary>
    public bool IsFull => Volatile.Read(ref *writtenWord) - read >= SharedMemory.RingSize;

    /// <summary>Reads the next frame, or what is there of it.</summary>
    /// <param name="hasRead">Whether there is more room in the ring than before.</param>
    /// <returns>The frame; null if it is not whole yet, or there is none.</returns>
    /// <exception cref="LinkProtocolException">It is no frame, or breaks a rule of link.proto.</exception>
    public Frame? TryRead(FramePool pool, out bool hasRead)
    {
        var before = read;
        var there = There();
        if (there > 0 && frame is null)
        {
            frame = pool.Rent();
            (lines, payload) = (0, 0);
            if (rest.Length > 0)
            {
                frame.Add(rest);
                rest = default;
            }
            else
            {
                frames++;
                lines = RingRecord.Read(Unsafe.ReadUnaligned<RingRecord.Head>(At()), direction, frame);
                Advance(RingRecord.Align, ref there);
            }
        }
        for (; lines > 0 && there > 0; lines--)
        {
            RingRecord.Read(Unsafe.ReadUnaligned<RingRecord.Line>(At()), direction, frame!);
            Advance(RingRecord.Align, ref there);
        }
        while (frame is not null && lines == 0 && payload < frame.PayloadLength && there > 0)
        {
            var left = frame.PayloadLength - payload;
            var piece = Math.Min(Math.Min(RingRecord.Padded(left), PublishEvery), Math.Min(there, UpToEnd(0)));
            var copied = Math.Min(piece, left);
            new ReadOnlySpan<byte>(At(), copied).CopyTo(frame.Payload[payload..]);
            payload += copied;
            Advance(piece, ref there);
            if (payload < frame.PayloadLength) Publish();
            if (there == 0) there = There();
        }
        hasRead = read != before;
        if (hasRead) Publish();
        GC.KeepAlive(memory);
        if (frame is null || lines > 0 || payload < frame.PayloadLength) return null;
        var whole = frame;
        whole.Sequence = frames;
        frame = null;
        return whole;
    }

    /// <summary>
    /// The next frame, if it is so long that it is worth it: heads are copied and checked as ever, but the payload is left in the ring, where the
    /// other side may still write. Whoever looks twice may see something else; it is data. A device's write that does not lie there as a whole comes
    /// in parts, each a write of its own, as on the bus.
    /// </summary>
    /// <returns>Null if it is to be read. Otherwise <see cref="TakeBack"/> follows when nobody looks at it any more.</returns>
    /// <exception cref="LinkProtocolException">It is no frame, or breaks a rule of link.proto.</exception>
    public Frame? TryLend(FramePool pool)
    {
        if (frame is not null) return null;
        var there = There();
        if (rest.Length > 0) return TryLendPart(pool, frames, rest, 0, there);
        if (there < LeastLent) return null;
        var head = Unsafe.ReadUnaligned<RingRecord.Head>(At());
        if (head.Count == 0 || head.Count > (uint)there / RingRecord.Align - 1) return null;
        var lent = pool.Rent();
        var count = RingRecord.Read(head, direction, lent);
        for (var i = 1; i <= count; i++) RingRecord.Read(Unsafe.ReadUnaligned<RingRecord.Line>(At(i * RingRecord.Align)), direction, lent);
        var (before, length) = (RingRecord.Align * (1 + count), lent.PayloadLength);
        var isLong = length >= LeastLent;
        if (isLong && before + RingRecord.Padded(length) <= there && length <= UpToEnd(before)) return Lend(lent, frames + 1, before);
        var first = lent[0];
        pool.Return(lent);
        var hasParts = isLong && count == 1 && first.Kind == TlpKind.MemoryWrite && direction == LinkDirection.DeviceToHost;
        return hasParts ? TryLendPart(pool, frames + 1, first, before, there) : null;
    }

    // Null if what is there of it is not worth it.
    private Frame? TryLendPart(FramePool pool, ulong sequence, in Tlp write, int before, int there)
    {
        var most = Math.Min(write.Length, UpToEnd(before));
        var length = Math.Min(most, there - before);
        if (length < Math.Min(most, LeastLent)) return null;
        var part = pool.Rent();
        part.Add(write.Before(length));
        rest = write.From(length);
        return Lend(part, sequence, before);
    }

    private Frame Lend(Frame lent, ulong sequence, int before)
    {
        lent.Lend(At(before));
        frames = lent.Sequence = sequence;
        lentLength = before + RingRecord.Padded(lent.PayloadLength);
        return lent;
    }

    /// <summary>The frame that was lent has been taken: its place in the ring is the other side's.</summary>
    public void TakeBack()
    {
        read += (ulong)lentLength;
        Publish();
        GC.KeepAlive(memory);
    }

    private int UpToEnd(int ahead) => SharedMemory.RingSize - (int)((read + (ulong)ahead) % SharedMemory.RingSize);

    private byte* At(int ahead = 0) => data + (read + (ulong)ahead) % SharedMemory.RingSize;

    private void Advance(int bytes, ref int there)
    {
        read += (ulong)bytes;
        there -= bytes;
    }

    private void Publish() => Volatile.Write(ref *readWord, read);

    private int There()
    {
        var now = Volatile.Read(ref *writtenWord);
        if (now - read > SharedMemory.RingSize || now - read < written - read || now % RingRecord.Align != 0)
            throw new LinkProtocolException($"The other side says that it has written {now:#,0} bytes into the ring; it had written {written:#,0}, "
                + $"and {read:#,0} are read.");
        written = now;
        return (int)(now - read);
    }
}
