using Pcie.Link.DataLinkLayer;
using Pcie.Pci;

namespace Pcie.Link.Transports;

/// <summary>
/// The engine's end of a transport whose other end runs on other threads: a queue of frames each way, credit, and the wait for
/// the next frame. What carries the frames is up to the derived class.
/// </summary>
/// <remarks>
/// A sender without credit waits, but never while its own inbound queue is full: were the other side to wait likewise, neither
/// would ever take a frame. It then sends beyond its credit, and comes back to take what has arrived.
/// Sending and receiving allocate nothing in steady state.
/// </remarks>
public abstract class QueuedTransport : ILinkTransport
{
    // A sleeping thread takes 10 to 80 µs to wake up, a spinning one none. A frame that has not come after this is not on its way.
    private static readonly TimeSpan SpinTime = TimeSpan.FromMicroseconds(50);

    private readonly BriefYield yields = new();
    private bool woken, isWaiting;
    private LinkDown? down;
    private long framesDiscarded;

    private protected QueuedTransport(object queueLock, FramePool pool, FrameQueue inbound, FrameQueue outbound)
    {
        QueueLock = queueLock;
        Pool = pool;
        Inbound = inbound;
        Outbound = outbound;
    }

    /// <inheritdoc/>
    public FramePool Pool { get; }

    /// <inheritdoc/>
    public LinkDown? Down => Volatile.Read(ref down);

    /// <inheritdoc/>
    public virtual bool IsConnected => Down is null;

    /// <inheritdoc/>
    public virtual bool IsDirect => false;

    /// <inheritdoc/>
    public virtual bool CarriesInterruptLine => true;

    /// <inheritdoc/>
    public long FramesDiscarded => Interlocked.Read(ref framesDiscarded);

    /// <summary>Whether the engine sleeps until a frame comes.</summary>
    internal bool IsWaiting
    {
        get
        {
            lock (QueueLock) return isWaiting;
        }
    }

    /// <summary>How often an engine that slept was woken, for a frame or for nothing.</summary>
    internal long Wakings { get; private set; }

    private protected FrameQueue Inbound { get; }
    private protected FrameQueue Outbound { get; }

    /// <summary>Takes frames where they arrive, while the engine waits for one; null while it does not. Read with the lock held.</summary>
    private protected Action<Frame>? Taker { get; private set; }

    /// <summary>Guards both queues; pulsed whenever one of them changes, so that a thread may wait on it.</summary>
    private protected object QueueLock { get; }

    /// <inheritdoc/>
    public virtual void Send(Frame frame)
    {
        lock (QueueLock)
            while (down is null && Outbound.IsFull && !Inbound.IsFull) Monitor.Wait(QueueLock);
        Post(frame);
    }

    /// <inheritdoc/>
    public virtual void WaitForCredit()
    {
        lock (QueueLock)
            while (down is null && !woken && Outbound.IsFull && !Inbound.IsFull) Monitor.Wait(QueueLock);
    }

    /// <inheritdoc/>
    public virtual void Post(Frame frame)
    {
        bool queued, atLimit;
        lock (QueueLock)
        {
            atLimit = Outbound.IsAtHardLimit;
            queued = down is null && !atLimit;
            if (queued) Outbound.Add(frame);
        }
        if (queued)
        {
            FrameQueued();
            return;
        }
        Discard(frame);
        if (atLimit) CloseAtLimit();
    }

    /// <inheritdoc/>
    public virtual void Post(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        var frame = Pool.Rent();
        frame.Add(tlp, payload);
        Post(frame);
    }

    /// <summary>The other side only speaks, and never listens.</summary>
    private protected void CloseAtLimit() => Close(new LinkDown(LinkDownReason.ProtocolError,
        $"The other side asks without taking the answers: {FrameQueue.HardLimit} wait for it."));

    /// <inheritdoc/>
    public virtual Frame? Receive(TimeSpan timeout) => Take(timeout, null);

    /// <inheritdoc/>
    public virtual Frame? Receive(TimeSpan timeout, Action<Frame> take, Lock engineLock) => Receive(timeout);

    /// <summary>Takes a frame off the inbound queue.</summary>
    /// <param name="taker">Who takes what arrives while this waits; null if this is to.</param>
    private protected Frame? Take(TimeSpan timeout, Action<Frame>? taker)
    {
        if (taker is null && Inbound.Count == 0 && timeout != TimeSpan.Zero) Spin(timeout);
        var deadline = new Deadline(timeout, TimeProvider.System);
        while (true)
        {
            lock (QueueLock)
            {
                while (true)
                {
                    if (Inbound.Take() is { } frame)
                    {
                        CreditChanged();
                        Monitor.PulseAll(QueueLock);
                        return frame;
                    }
                    if (down is not null || timeout == TimeSpan.Zero) return null;
                    if (woken)
                    {
                        woken = false;
                        return null;
                    }
                    var left = deadline.Milliseconds;
                    if (left == 0) break;
                    Taker = taker;
                    isWaiting = true;
                    Monitor.Wait(QueueLock, left);
                    isWaiting = false;
                    Wakings++;
                    Taker = null;
                }
            }
            // Less than a millisecond is left, and threads sleep by milliseconds: let others run and look again.
            if (deadline.IsPast) timeout = TimeSpan.Zero;
            else Thread.Yield();
        }
    }

    /// <inheritdoc/>
    public virtual void Wake()
    {
        lock (QueueLock)
        {
            woken = true;
            Monitor.PulseAll(QueueLock);
        }
    }

    /// <inheritdoc/>
    public abstract void Close(LinkDown reason);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>A frame stands in the outbound queue. Called on the engine's thread, without the lock.</summary>
    private protected virtual void FrameQueued()
    {
    }

    /// <summary>
    /// A frame was taken from the inbound queue, or none will be looked at any more: the link is down. Called with the lock held.
    /// </summary>
    private protected virtual void CreditChanged()
    {
    }

    /// <summary>The link is down from now on, if it was up.</summary>
    private protected bool GoDown(LinkDown reason)
    {
        lock (QueueLock)
        {
            if (down is not null) return false;
            Volatile.Write(ref down, reason);
            CreditChanged();
            Monitor.PulseAll(QueueLock);
            return true;
        }
    }

    private protected void Discard(Frame frame)
    {
        Interlocked.Increment(ref framesDiscarded);
        Pool.Return(frame);
    }

    private void Spin(TimeSpan timeout)
    {
        var end = new Deadline(timeout < TimeSpan.Zero || timeout > SpinTime ? SpinTime : timeout, TimeProvider.System);
        while (Inbound.Count == 0 && Down is null && !end.IsPast && yields.Try())
        {
            // Whoever is to send may run.
        }
    }
}
