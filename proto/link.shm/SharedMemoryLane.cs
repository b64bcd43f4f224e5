using Pcie.Link.DataLinkLayer;
using Pcie.Link.Transports;

namespace Pcie.Link.Shm;

/// <summary>
/// What a side's engine sends and receives over shared memory. The engine's own thread writes the ring and reads it: no other one is between
/// it and the other side's. Who waits spins first, and then sleeps in the system until it is rung.
/// </summary>
/// <remarks>One thread sends and one receives; they may differ. Sending and receiving allocate nothing in steady state.</remarks>
public sealed class SharedMemoryLane
{
    // To sleep and be woken takes 10 to 80 µs. So who waits looks at the ring at once, then with a pause in between, then letting others run: some
    // 50 µs in all.
    private const int Looks = 100, Pauses = 100, Yields = 100;

    private readonly FramePool pool;
    private readonly RingWriter writer;
    private readonly RingReader reader;
    private readonly Doorbell own, peer;

    // The frames that found no room. Its lock is the writer's too.
    private readonly FrameQueue overflow = new();
    private readonly Lock writeLock = new();
    private readonly BriefYield yields = new();
    private volatile bool ended, woken;

    /// <param name="pool">Where frames come from and go to.</param>
    /// <param name="ringByCall">Tells the other side over the call that it was rung.</param>
    public SharedMemoryLane(SharedMemory memory, FramePool pool, Action ringByCall) : this(memory, pool, ringByCall, Doorbell.HasWords)
    {
    }

    /// <param name="sleepsOnWord">Whether this side sleeps on a word of the memory; else it is rung over the call.</param>
    internal SharedMemoryLane(SharedMemory memory, FramePool pool, Action ringByCall, bool sleepsOnWord)
    {
        this.pool = pool;
        (writer, reader) = (memory.CreateWriter(), memory.CreateReader());
        (own, peer) = memory.CreateDoorbells(ringByCall, sleepsOnWord);
    }

    /// <summary>As <see cref="ILinkTransport.Post(Frame)"/>.</summary>
    /// <returns>False if even the frames that wait for room are too many; it is the caller's then.</returns>
    /// <exception cref="LinkProtocolException">The other side's end of the ring is not as it may be.</exception>
    public bool TryPost(Frame frame)
    {
        lock (writeLock)
        {
            if (overflow.IsAtHardLimit) return false;
            if (overflow.Count == 0 && TryWrite(frame)) pool.Return(frame);
            else
            {
                // Whoever has lent its payload wants it back now.
                frame.Own(overflow.Count == 0 ? writer.PayloadWritten : 0);
                overflow.Add(frame);
            }
        }
        peer.RingForWritten();
        if (overflow.Count == 0) return true;
        // Whoever receives goes on with it when the other side has read.
        own.Announce(forRoom: true);
        TryFlush();
        return true;
    }

    /// <summary>Waits until everything has found room. Never while the other side waits for the same, and no longer than the link is up.</summary>
    /// <param name="orWoken">Whether <see cref="Wake"/> ends it.</param>
    /// <exception cref="LinkProtocolException">The other side's end of the ring is not as it may be.</exception>
    public void WaitForRoom(bool orWoken)
    {
        for (var spun = 0; !TryFlush() && MustWait(); spun++)
        {
            if (Spins(spun)) continue;
            var announced = own.Announce(forRoom: true);
            if (!TryFlush() && MustWait()) own.Sleep(announced, Timeout.InfiniteTimeSpan);
        }

        bool MustWait() => !ended && !reader.IsFull && !(orWoken && woken);
    }

    /// <summary>As <see cref="ILinkTransport.Receive(TimeSpan)"/>.</summary>
    /// <param name="take">If given, takes a frame in place of this where its payload can be left where it lies; null is returned then.</param>
    /// <exception cref="LinkProtocolException">The other side said what is no frame, or is not allowed.</exception>
    public Frame? Receive(TimeSpan timeout, Action<Frame>? take = null)
    {
        var frame = Next(take, out var taken);
        if (frame is not null || taken) return frame;
        var deadline = new Deadline(timeout, TimeProvider.System);
        for (var spun = 1; ; spun++)
        {
            // What was said before the end is still received.
            var last = ended || timeout == TimeSpan.Zero;
            frame = Next(take, out taken);
            if (frame is not null || taken) return frame;
            if (last) return null;
            if (woken)
            {
                woken = false;
                return null;
            }
            if (Spins(spun))
            {
                // To ask the clock costs more than to look.
                if (spun > Looks && deadline.IsPast) timeout = TimeSpan.Zero;
            }
            else if (deadline.Left is var left && (left < TimeSpan.Zero || left > own.Finest))
            {
                var announced = own.Announce(forRoom: overflow.Count > 0);
                if (reader.HasMore || ended || woken) continue;
                TryFlush();
                own.Sleep(announced, left < TimeSpan.Zero ? left : left - own.Finest);
            }
            else if (deadline.IsPast)
            {
                timeout = TimeSpan.Zero;
            }
            else
            {
                // So little is left that a sleeper would wake too late.
                Thread.Yield();
            }
        }
    }

    /// <summary>Makes a wait end now. Safe from any thread.</summary>
    public void Wake()
    {
        woken = true;
        own.WakeOwner();
    }

    /// <summary>The other side has rung over the call.</summary>
    public void Rung() => own.WakeOwner();

    /// <summary>The link is down: nobody waits any more, and nothing is written that was not before. Safe from any thread.</summary>
    public void End()
    {
        ended = true;
        own.WakeOwner();
    }

    /// <summary>Writes what has found no room before.</summary>
    /// <returns>Whether nothing is left.</returns>
    /// <exception cref="LinkProtocolException">The other side's end of the ring is not as it may be.</exception>
    public bool TryFlush()
    {
        if (overflow.Count == 0) return true;
        lock (writeLock)
            while (overflow.Peek() is { } next && writer.TryWrite(next)) pool.Return(overflow.Take()!);
        peer.RingForWritten();
        return overflow.Count == 0;
    }

    // While the other side reads on: to copy what is left would take as long. However it reads, there is an end to that.
    private bool TryWrite(Frame frame)
    {
        for (var looks = Looks * (1 + frame.PayloadLength / RingWriter.PublishEvery); !writer.TryWrite(frame); looks--)
        {
            peer.RingForWritten();
            while (looks > 0 && !writer.HasRoom) looks--;
            if (looks <= 0) return false;
        }
        return true;
    }

    private Frame? Next(Action<Frame>? take, out bool taken)
    {
        taken = false;
        if (overflow.Count > 0) TryFlush();
        if (!reader.HasMore) return null;
        if (take is not null && reader.TryLend(pool) is { } lent)
        {
            taken = true;
            take(lent);
            reader.TakeBack();
            peer.RingForRead();
            return null;
        }
        var frame = reader.TryRead(pool, out var hasRead);
        if (hasRead) peer.RingForRead();
        return frame;
    }

    private bool Spins(int spun)
    {
        if (spun < Looks) return true;
        if (spun < Looks + Pauses) Thread.SpinWait(1);
        else return spun < Looks + Pauses + Yields && yields.Try();
        return true;
    }
}
