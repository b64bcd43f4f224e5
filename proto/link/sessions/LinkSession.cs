using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Link.Sessions;

/// <summary>
/// One side's engine: runs its timeline over a transport, on the thread that calls it. Here is what host and device do alike: gather
/// what is sent into frames, deliver what arrives, keep to wall-clock time, and notice that the link is down.
/// </summary>
public abstract class LinkSession : ITlpSender
{
    // Wall-clock: a frame that has grown to this is sent without waiting for the timeline to have nothing to do (bytes).
    private const int FlushAtPayload = 256 << 10;

    // Wall-clock: so much payload is written through a link that is direct, and not into a frame first (bytes).
    private const int DirectPayload = 4096;

    private readonly LinkEngine engine;
    private readonly Inbox inbox;
    private readonly Action<Frame> take;
    private volatile Exception? failedWhenTaking;
    private volatile bool hasTaken;

    /// <param name="engine">That which this is one of several links of; null for one of its own.</param>
    private protected LinkSession(Timeline timeline, ILinkTransport transport, LinkSessionOptions options, LinkEngine? engine = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Latency, LatencyRange.Min);
        this.engine = engine ?? new LinkEngine(timeline, options.TimeScale);
        Timeline = timeline;
        Transport = transport;
        Options = options;
        inbox = new Inbox(timeline, transport.Pool, options.Latency);
        Outgoing = transport.Pool.Rent();
        take = TakeWhereItArrives;
    }

    /// <summary>The transaction layer above. Must be set before the session runs.</summary>
    public ITlpReceiver? Receiver
    {
        get => inbox.Receiver;
        set => inbox.Receiver = value;
    }

    /// <inheritdoc cref="Inbox.NextArrival"/>
    protected SimTime NextArrival => inbox.NextArrival;

    /// <summary>Held while the engine touches the timeline or anything on it: whoever looks in from another thread takes it.</summary>
    public Lock EngineLock => engine.Lock;

    /// <summary>Why the link is down; null while it is up.</summary>
    public LinkDown? Down { get; private set; }

    /// <summary>TLPs that could not be sent, the link being down.</summary>
    public long TlpsDiscarded { get; private set; }

    /// <summary>Simulated time, for whoever looks in under the lock.</summary>
    public SimTime Now => Timeline.Now;

    /// <summary>
    /// The time that it ought to be: later than the timeline's by the wall clock, where this side has fallen behind; else the same. As of the step
    /// that is being run.
    /// </summary>
    public SimTime ClockTime => engine.ClockTime;

    /// <summary>By the wall clock: the longest that an event of this side was overdue. That is of this process and its machine alone.</summary>
    public Duration GreatestLag => engine.GreatestLag;

    /// <summary>By the wall clock: how long this side waited for the link, because the other one took nothing.</summary>
    public TimeSpan WaitedForCredit { get; private set; }

    protected Timeline Timeline { get; }
    protected ILinkTransport Transport { get; }
    protected LinkSessionOptions Options { get; }

    /// <summary>How time passes.</summary>
    public Pacing Pacing => Options.Pacing;

    /// <summary>The frame being gathered.</summary>
    protected Frame Outgoing { get; private set; }

    /// <inheritdoc/>
    public void Send(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (Down is not null)
        {
            TlpsDiscarded++;
            return;
        }
        if (tlp.Kind == TlpKind.Message && !Transport.CarriesInterruptLine) return;
        var stamped = tlp with { SentAt = Timeline.Now };
        if (payload.Length >= DirectPayload && Options.Pacing == Pacing.WallClock && Transport.IsDirect)
        {
            if (Outgoing.Count > 0) Flush();
            Transport.Post(stamped, payload);
            Sent(stamped);
            return;
        }
        if (Outgoing.Count == Frame.MaxTlps || Outgoing.PayloadLength + payload.Length > Frame.MaxPayload) Flush();
        Outgoing.Add(stamped, payload);
        if (Options.Pacing == Pacing.WallClock && Outgoing.PayloadLength >= FlushAtPayload) Flush();
        Sent(stamped);
    }

    /// <summary>Has an engine that waits look again now; for whoever has changed something from another thread, under the lock.</summary>
    public void Wake() => Transport.Wake();

    /// <summary>Told of every TLP sent.</summary>
    protected abstract void Sent(in Tlp tlp);

    /// <summary>
    /// Sends what has been gathered, without waiting. An engine waits for credit where it does not hold its lock: whoever looks in must not wait
    /// for a peer that takes nothing.
    /// </summary>
    protected void Flush()
    {
        var frame = Outgoing;
        Outgoing = Transport.Pool.Rent();
        Transport.Post(frame);
    }

    /// <summary>Free-running: waits for the other side's next frame.</summary>
    /// <returns>The frame; null when cancelled, or when the link is down, which the transaction layer has been told.</returns>
    protected Frame? ReceiveFrame(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            var down = Transport.Down;
            if (Transport.Receive(Timeout.InfiniteTimeSpan) is { } frame) return frame;
            if (down is null) continue;
            lock (EngineLock) TakeDown(down);
            break;
        }
        return null;
    }

    /// <summary>Free-running: takes a frame; its TLPs arrive in time. One that breaks the rules of time takes the link down.</summary>
    protected bool Accept(Frame frame)
    {
        if (inbox.Accept(frame) is not { } wrong) return true;
        TakeDown(new LinkDown(LinkDownReason.ProtocolError, $"The other side broke the protocol: {wrong}."));
        return false;
    }

    /// <summary>Runs by the wall clock until a time, a condition, a cancellation, or the end of the link.</summary>
    /// <param name="finished">
    /// The condition; null for none: then nobody has to ask what a frame has brought about, and it is taken where it arrives.
    /// </param>
    protected internal void RunByWallClock(SimTime until, Func<bool>? finished, CancellationToken cancellation)
    {
        engine.Start();
        using var wake = cancellation.Register(static transport => ((ILinkTransport)transport!).Wake(), Transport);
        while (Down is null && !cancellation.IsCancellationRequested)
        {
            TimeSpan wait;
            WaitForCredit();
            lock (EngineLock)
            {
                var now = engine.Step(until);
                FlushGathered();
                if (now >= until || finished?.Invoke() == true) return;
                wait = engine.IdleUntil(until);
            }
            // The condition is asked by this thread: it would not hear of what was taken on another one.
            Take(wait, isTakenWhereItArrives: finished is null || Transport.IsDirect);
        }
    }

    /// <summary>By the wall clock, where the engine has several links: takes what comes, each on a thread of its own.</summary>
    /// <param name="isOver">Asked after each <see cref="Wake"/>.</param>
    /// <param name="taken">Told of each time that something may have come.</param>
    internal void TakeByWallClock(Func<bool> isOver, Action taken)
    {
        while (Down is null && !isOver())
        {
            WaitForCredit();
            Take(Timeout.InfiniteTimeSpan, Transport.IsDirect);
            taken();
        }
    }

    /// <summary>Sends what has been gathered, if there is anything.</summary>
    internal void FlushGathered()
    {
        if (Outgoing.Count > 0) Flush();
    }

    private void WaitForCredit()
    {
        var asked = Stopwatch.GetTimestamp();
        Transport.WaitForCredit();
        WaitedForCredit += Stopwatch.GetElapsedTime(asked);
    }

    private void Take(TimeSpan wait, bool isTakenWhereItArrives)
    {
        var down = Transport.Down;
        hasTaken = false;
        var frame = isTakenWhereItArrives ? Transport.Receive(wait, take, EngineLock) : Transport.Receive(wait);
        if (failedWhenTaking is { } failure) ExceptionDispatchInfo.Throw(failure);
        lock (EngineLock)
        {
            if (frame is not null) Deliver(frame);
            else if (down is not null && !hasTaken) TakeDown(down);
        }
    }

    // The engine waits: on the thread on which the frame has come, no other one has to be woken to answer it.
    private void TakeWhereItArrives(Frame frame)
    {
        hasTaken = true;
        try
        {
            lock (EngineLock)
            {
                if (Down is not null)
                {
                    Transport.Pool.Return(frame);
                    return;
                }
                var due = Timeline.NextDue;
                Deliver(frame);
                if (Transport.IsDirect) return;
                FlushGathered();
                if (Timeline.NextDue >= due) return;
            }
        }
        catch (Exception e)
        {
            // It is the engine's, whose thread tells of it.
            failedWhenTaking = e;
        }
        Transport.Wake();
    }

    /// <summary>By the wall clock, without waiting: a frame's TLPs arrive.</summary>
    protected void DeliverNow(Frame frame)
    {
        lock (EngineLock) Deliver(frame);
    }

    /// <summary>By the wall clock, without waiting: what is due is done, and what has been gathered goes.</summary>
    protected void RunNow()
    {
        lock (EngineLock)
        {
            engine.CatchUp();
            FlushGathered();
        }
    }

    private void Deliver(Frame frame)
    {
        engine.CatchUp();
        inbox.Deliver(frame);
        // Whoever has asked waits for it; all else goes with what the next step sends.
        if (Outgoing.Count > 0 && Outgoing[Outgoing.Count - 1].Kind == TlpKind.Completion) Flush();
    }

    /// <summary>The link is down: tells the transaction layer, once, and the other side, should it not know.</summary>
    protected void TakeDown(LinkDown down)
    {
        if (Down is not null) return;
        Down = down;
        Transport.Close(down);
        inbox.Discard();
        WentDown();
        Receiver?.LinkWentDown(down);
    }

    /// <summary>The link is down, which the transaction layer is about to be told.</summary>
    protected virtual void WentDown()
    {
    }
}
