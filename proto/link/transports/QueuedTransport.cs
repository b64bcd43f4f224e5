using System.Diagnostics;
using Pcie.Link.DataLinkLayer;
using Pcie.Pci;

namespace Pcie.Link.Transports;

/// <summary>
/// The engine's end of a transport whose other end runs on other threads: a queue of frames each way, credit, and the wait for
/// the
/// next frame. What carries the frames is up to the derived class.
/// </summary>
/// <remarks>
/// A sender without credit waits, but never while its own inbound queue is full: were the other side to wait likewise, neither
/// would
/// ever take a frame. It then sends beyond its credit, and comes back to take what has arrived.
/// Sending and receiving allocate nothing in steady state.
/// </remarks>
public abstract class QueuedTransport : ILinkTransport
{
    // A thread that sleeps takes 10 to 80 µs to wake up; one that looks again takes none. After this, none is on its way.
    private static readonly long SpinTicks = Stopwatch.Frequency * 50 / 1_000_000;

    // A deadline that never comes.
    internal const long Endless = long.MaxValue;

    private readonly object gate;
    private bool woken;
    private LinkDown? down;
    private long framesDiscarded;

    private protected QueuedTransport(object gate, FramePool pool, FrameQueue inbound, FrameQueue outbound)
    {
        this.gate = gate;
        Pool = pool;
        Inbound = inbound;
        Outbound = outbound;
    }

    /// <inheritdoc/>
    public FramePool Pool { get; }

    /// <inheritdoc/>
    public LinkDown? Down => Volatile.Read(ref down);

    /// <inheritdoc/>
    public long FramesDiscarded => Interlocked.Read(ref framesDiscarded);

    private protected FrameQueue Inbound { get; }
    private protected FrameQueue Outbound { get; }

    /// <summary>Guards both queues; pulsed whenever one of them changes, so that a thread may wait on it.</summary>
    private protected object Gate => gate;

    /// <inheritdoc/>
    public void Send(Frame frame)
    {
        lock (gate)
            while (down is null && Outbound.IsFull && !Inbound.IsFull) Monitor.Wait(gate);
        Post(frame);
    }

    /// <inheritdoc/>
    public void WaitForCredit()
    {
        lock (gate)
            while (down is null && !woken && Outbound.IsFull && !Inbound.IsFull) Monitor.Wait(gate);
    }

    /// <inheritdoc/>
    public void Post(Frame frame)
    {
        var hopeless = false;
        lock (gate)
        {
            hopeless = Outbound.IsBeyondHope;
            if (down is null && !hopeless)
            {
                Outbound.Add(frame);
                Monitor.PulseAll(gate);
                frame = null!;
            }
        }
        if (frame is null)
        {
            FrameQueued();
            return;
        }
        Discard(frame);
        if (hopeless)
            Close(new LinkDown(LinkDownReason.ProtocolError,
                $"The other side asks without taking the answers: {FrameQueue.MostFrames} frames or {FrameQueue.MostPayload >> 20} MiB wait for it."));
    }

    /// <inheritdoc/>
    public Frame? Receive(TimeSpan timeout)
    {
        if (Inbound.Count == 0 && timeout != TimeSpan.Zero) Spin(timeout);
        var deadline = timeout < TimeSpan.Zero ? Endless : Stopwatch.GetTimestamp() + StopwatchTicks(timeout);
        while (true)
        {
            lock (gate)
            {
                while (true)
                {
                    if (Inbound.Take() is { } frame)
                    {
                        CreditChanged();
                        Monitor.PulseAll(gate);
                        return frame;
                    }
                    if (down is not null || timeout == TimeSpan.Zero) return null;
                    if (woken)
                    {
                        woken = false;
                        return null;
                    }
                    var left = MillisecondsUntil(deadline, Stopwatch.GetTimestamp());
                    if (left == 0) break;
                    Monitor.Wait(gate, left);
                }
            }
            // Less than a millisecond is left, and threads sleep by milliseconds: let others run and look again.
            if (Stopwatch.GetTimestamp() >= deadline) timeout = TimeSpan.Zero;
            else Thread.Yield();
        }
    }

    /// <inheritdoc/>
    public void Wake()
    {
        lock (gate)
        {
            woken = true;
            Monitor.PulseAll(gate);
        }
    }

    /// <inheritdoc/>
    public abstract void Close(LinkDown reason);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>A frame stands in the outbound queue. Called on the engine's thread, without the gate.</summary>
    private protected virtual void FrameQueued()
    {
    }

    /// <summary>
    /// A frame was taken from the inbound queue, or none will be looked at any more: the link is down. Called with the gate held.
    /// </summary>
    private protected virtual void CreditChanged()
    {
    }

    /// <summary>The link is down from now on, if it was up.</summary>
    private protected bool GoDown(LinkDown reason)
    {
        lock (gate)
        {
            if (down is not null) return false;
            Volatile.Write(ref down, reason);
            CreditChanged();
            Monitor.PulseAll(gate);
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
        var now = Stopwatch.GetTimestamp();
        var end = now + (timeout < TimeSpan.Zero ? SpinTicks : Math.Min(SpinTicks, StopwatchTicks(timeout)));
        while (Inbound.Count == 0 && Down is null && Stopwatch.GetTimestamp() < end) Thread.Yield();
    }

    private static long StopwatchTicks(TimeSpan time) => time.Ticks * (Stopwatch.Frequency / TimeSpan.TicksPerSecond);

    /// <summary>
    /// Whole milliseconds to wait, as <see cref="Monitor"/> takes them: -1, and only for <see cref="Endless"/>, means for ever.
    /// </summary>
    internal static int MillisecondsUntil(long deadline, long now) => deadline == Endless
        ? Timeout.Infinite
        : (int)Math.Clamp((deadline - now) / (Stopwatch.Frequency / 1000), 0, int.MaxValue);
}
