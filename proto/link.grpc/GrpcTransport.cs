using System.Runtime.ExceptionServices;
using Grpc.Core;
using NLog;
using Pcie.Link.DataLinkLayer;
using Pcie.Link.Grpc.Carriers;
using Pcie.Link.Grpc.Wire;
using Pcie.Link.Shm;
using Pcie.Link.Transports;
using Pcie.Pci;

namespace Pcie.Link.Grpc;

/// <summary>
/// What both ends of a gRPC link do alike: a loop that reads messages into the inbound queue, and one that writes the outbound queue.
/// With replay in force the session outlives its connection: frames are kept until they are acknowledged, and sent again on the next one.
/// With heartbeat in force it speaks, by a timer of its own, though the engine has nothing to say, and gives up a connection on which the other
/// side does not. With shared memory in force, frames go through that, and the call carries all else.
/// </summary>
/// <remarks>
/// The engine's thread begins a write itself when none is under way; only what comes while one is under way is written by another
/// thread. That saves waking one up for each frame.
/// </remarks>
public abstract class GrpcTransport : QueuedTransport
{
    private const int FlushMilliseconds = 1000;

    // What waits to be written (bytes): enough for the writer, and little enough to be in the processor's cache still when it is.
    private const long OutboundCredit = 2 << 20;

    private static readonly TimeSpan StatusTimeout = TimeSpan.FromSeconds(1);

    private static readonly Logger Log = LogManager.GetLogger("Pcie.Link");

    private readonly DataLink dataLink;
    private readonly ReplayBuffer? replay;
    private readonly SharedMemory? memory;
    private readonly SharedMemoryLane? lane;
    private readonly bool pulses;
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? creditGiven;
    private LinkConnection? connection;
    private RpcException? writingFailed;
    private LinkConnection? writingTo;
    private TaskCompletionSource? writeEnded;
    private ITimer? beats;
    private bool beatDue;
    private bool writing;
    private bool isLaneFlushed;
    private uint pulseHeard;
    private long messagesOfPeer;

    private protected GrpcTransport(FramePool pool, ulong epoch, SessionFeatures features, TimeProvider time)
        : base(new object(), pool, new FrameQueue(), new FrameQueue(OutboundCredit))
    {
        var (replay, heartbeat, memory, interruptLine, pulses) = features;
        CarriesInterruptLine = interruptLine;
        Epoch = epoch;
        Replay = replay;
        Heartbeat = heartbeat;
        Time = time;
        dataLink = new DataLink(epoch);
        if (replay is not null) this.replay = new ReplayBuffer(pool);
        if (memory is null) return;
        this.memory = memory;
        this.pulses = pulses && heartbeat is not null;
        lane = new SharedMemoryLane(memory, pool, Beat);
    }

    /// <summary>Which attachment this is, as in DeviceHello.</summary>
    public ulong Epoch { get; }

    /// <summary>How the session outlives its connection; null if it does not.</summary>
    public ReplayOptions? Replay { get; }

    /// <summary>How either side finds out that the other is silent; null if only the connection's end tells.</summary>
    public HeartbeatOptions? Heartbeat { get; }

    /// <summary>Through what frames go; null if it is the call.</summary>
    public SharedMemory? Memory => memory;

    /// <inheritdoc/>
    public override bool CarriesInterruptLine { get; }

    /// <summary>What heartbeats, silence and the grace period are measured by.</summary>
    private protected TimeProvider Time { get; }

    // For what is over at once.
    private TimeProvider QuietTime => Time == TimeProvider.System ? PulseClock.Shared : Time;

    /// <inheritdoc/>
    public override bool IsConnected
    {
        get
        {
            lock (QueueLock) return connection is not null;
        }
    }

    /// <summary>How often the session came back after its connection was lost.</summary>
    public long Resumptions { get; private set; }

    /// <summary>Whether the other side has said anything in this session, be it a heartbeat. One that has not may not know of it.</summary>
    public bool HasHeardPeer => MessagesOfPeer > 0;

    /// <summary>What the other side has said in this session, heartbeats included (messages). Safe from any thread.</summary>
    public long MessagesOfPeer => Interlocked.Read(ref messagesOfPeer);

    /// <summary>Payload that is kept for being sent again (bytes).</summary>
    public long ReplayPayload
    {
        get
        {
            lock (QueueLock) return replay?.Payload ?? 0;
        }
    }

    /// <summary>The highest sequence number taken from the other side. Does not change while there is no connection.</summary>
    internal ulong Received => dataLink.Received;

    /// <summary>Completes when the link is down and everything that could be sent has been.</summary>
    private protected Task Drained => drained.Task;

    /// <inheritdoc/>
    public override void Send(Frame frame)
    {
        if (lane is null)
        {
            base.Send(frame);
            return;
        }
        Post(frame);
        WaitForRoom(lane, orWoken: false);
    }

    /// <inheritdoc/>
    public override void Post(Frame frame)
    {
        if (lane is null)
        {
            base.Post(frame);
            return;
        }
        var isTaken = false;
        if (Down is null)
            try
            {
                isTaken = lane.TryPost(frame);
                if (!isTaken) CloseAtLimit();
            }
            catch (LinkProtocolException e)
            {
                CloseAsBroken(e);
            }
        if (!isTaken) Discard(frame);
    }

    /// <inheritdoc/>
    public override bool IsDirect => lane is not null;

    /// <inheritdoc/>
    public override unsafe void Post(in Pci.Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (lane is null)
        {
            base.Post(tlp, payload);
            return;
        }
        var frame = Pool.Rent();
        frame.Add(tlp);
        fixed (byte* bytes = payload)
        {
            frame.Lend(bytes);
            Post(frame);
        }
    }

    /// <inheritdoc/>
    public override void WaitForCredit()
    {
        if (lane is null) base.WaitForCredit();
        else WaitForRoom(lane, orWoken: true);
    }

    /// <inheritdoc/>
    public override Frame? Receive(TimeSpan timeout) => lane is null ? Take(timeout, null) : ReceiveFrom(lane, timeout, null);

    /// <inheritdoc/>
    public override Frame? Receive(TimeSpan timeout, Action<Frame> take, Lock engineLock) =>
        lane is null ? Take(timeout, take) : ReceiveFrom(lane, timeout, take);

    private Frame? ReceiveFrom(SharedMemoryLane lane, TimeSpan timeout, Action<Frame>? take)
    {
        try
        {
            return lane.Receive(timeout, take);
        }
        catch (LinkProtocolException e)
        {
            CloseAsBroken(e);
            return null;
        }
    }

    /// <inheritdoc/>
    public override void Wake()
    {
        if (lane is null) base.Wake();
        else lane.Wake();
    }

    private void WaitForRoom(SharedMemoryLane lane, bool orWoken)
    {
        try
        {
            lane.WaitForRoom(orWoken);
        }
        catch (LinkProtocolException e)
        {
            CloseAsBroken(e);
        }
    }

    private void CloseAsBroken(LinkProtocolException e) => Close(new LinkDown(LinkDownReason.ProtocolError, $"The other side broke the protocol. "
        + $"{e.Message}"));

    /// <inheritdoc/>
    public override void Close(LinkDown reason)
    {
        if (!GoDown(reason)) return;
        memory?.RemoveName();
        FrameQueued();
    }

    /// <summary>The other side has ended the link, and reads nothing any more.</summary>
    private protected void CloseUnread(LinkDown reason)
    {
        lock (QueueLock) isLaneFlushed = true;
        Close(reason);
    }

    /// <summary>The session begins on its first connection.</summary>
    /// <param name="speaksAtOnce">Whether an acknowledgement goes out, though there is nothing to acknowledge.</param>
    private protected void Begin(LinkConnection first, bool speaksAtOnce = false)
    {
        lock (QueueLock)
        {
            connection = first;
            beatDue = speaksAtOnce;
            beats = Heartbeat is not { Interval: var interval } ? null
                : pulses ? QuietTime.CreateTimer(static memory => ((SharedMemory)memory!).Pulse(), memory, interval, interval)
                : Time.CreateTimer(static transport => ((GrpcTransport)transport!).Beat(), this, interval, interval);
        }
        FrameQueued();
    }

    // Of the watch's thread alone.
    private bool HearsPulse()
    {
        var now = memory!.PeerPulse;
        if (now == pulseHeard) return false;
        pulseHeard = now;
        return true;
    }

    private void Beat()
    {
        lock (QueueLock)
        {
            if (connection is null || Down is not null) return;
            beatDue = true;
        }
        FrameQueued();
    }

    /// <summary>The session goes on, on another connection.</summary>
    /// <param name="received">The last frame that the other side has: what follows is sent again.</param>
    /// <exception cref="LinkProtocolException">The other side cannot have that frame, or has said before that it has a later one.</exception>
    private protected void Resume(LinkConnection next, ulong received)
    {
        lock (QueueLock)
        {
            dataLink.Accept(Epoch, received);
            replay!.Rewind(received);
            connection = next;
            writingFailed = null;
            Resumptions++;
            Monitor.PulseAll(QueueLock);
        }
        FrameQueued();
    }

    /// <summary>
    /// The connection is no use any more; what is to be sent waits for another one, or is discarded on a link that is down. Completes when
    /// nothing of this side touches the connection any more: a server takes its call apart then.
    /// </summary>
    private protected Task LeaveConnectionAsync(LinkConnection left)
    {
        Task ended;
        lock (QueueLock)
        {
            if (connection == left) connection = null;
            if (writingTo != left) ended = Task.CompletedTask;
            else ended = (writeEnded ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
        FrameQueued();
        return ended;
    }

    private protected override void FrameQueued()
    {
        lock (QueueLock)
        {
            if (writing) return;
            writing = true;
        }
        _ = WriteQueueAsync();
    }

    private async Task WriteQueueAsync()
    {
        try
        {
            while (NextToWrite() is var (message, target, kept))
                try
                {
                    await target.Writer.WriteAsync(message).ConfigureAwait(false);
                }
                catch (Exception e) when (CallFailure.IsCallOver(e))
                {
                    ConnectionFailed(target, e);
                }
                finally
                {
                    Written(message, kept);
                }
        }
        catch (Exception e)
        {
            lock (QueueLock)
            {
                connection = null;
                writing = false;
                EndWrite();
            }
            Fail(e);
            drained.TrySetResult();
        }
    }

    /// <summary>A defect of this side ends the session; else both sides would wait for one another.</summary>
    private protected void Fail(Exception defect)
    {
        Log.Error(defect, "This end of the link failed, in epoch {0}", Epoch);
        Close(new LinkDown(LinkDownReason.PeerGone, $"This end of the link failed: {defect.Message} The log says where."));
    }

    private void ConnectionFailed(LinkConnection failed, Exception e)
    {
        lock (QueueLock)
        {
            if (connection != failed) return;
            // Reading ends too, and says what has become of the session.
            connection = null;
            writingFailed = e as RpcException;
        }
        // Cancelled means that the peer ended the call and its status is already here, unread. The reader gets a second to take it before the call
        // is aborted; any other failure aborts at once.
        if (e is RpcException { StatusCode: StatusCode.Cancelled }) _ = AbortLaterAsync();
        else failed.Abort();

        async Task AbortLaterAsync()
        {
            await Task.Delay(StatusTimeout).ConfigureAwait(false);
            failed.Abort();
        }
    }

    private void Written(ILinkMessage message, bool kept)
    {
        lock (QueueLock)
        {
            if (kept) replay!.Written();
            else if (message is Frame frame) Pool.Return(frame);
            EndWrite();
        }
    }

    private void EndWrite()
    {
        writingTo = null;
        writeEnded?.SetResult();
        writeEnded = null;
    }

    private (ILinkMessage Message, LinkConnection Target, bool Kept)? NextToWrite()
    {
        lock (QueueLock)
        {
            if (connection is { } target && !drained.Task.IsCompleted)
            {
                writingTo = target;
                // Whatever it is that goes out now, it says that this side is there.
                var beat = beatDue;
                beatDue = false;
                if (replay?.Next() is { } again)
                {
                    dataLink.StampAgain(again);
                    return (again, target, true);
                }
                // On a link that is down nothing will be sent again, and nobody may be there to acknowledge.
                var keep = replay is not null && Down is null;
                var wasHalfFull = Outbound.IsHalfFull;
                if (!(keep && replay!.IsFull) && Outbound.Take() is { } frame)
                {
                    // An engine that waits for something else would wake in vain.
                    if (wasHalfFull && !Outbound.IsHalfFull) Monitor.PulseAll(QueueLock);
                    dataLink.Stamp(frame);
                    if (!keep) return (frame, target, false);
                    replay!.Add(frame);
                    return (replay.Next()!, target, true);
                }
                if ((beat || (replay is not null && dataLink.AcknowledgementDue)) && Down is null)
                    return (AcknowledgementOf(dataLink.TakeAcknowledgement()), target, false);
            }
            writingTo = null;
            if (Down is not null && lane is not null && !isLaneFlushed)
            {
                writing = false;
                _ = FlushLaneAsync(lane);
                return null;
            }
            if (Down is not null)
            {
                while (Outbound.Take() is { } frame) Discard(frame);
                replay?.Clear();
                beats?.Dispose();
                drained.TrySetResult();
            }
            writing = false;
            return null;
        }
    }

    // What was sent before the link went down goes out, if the other side is there and goes on reading.
    private async Task FlushLaneAsync(SharedMemoryLane last)
    {
        try
        {
            for (var waited = 0; waited < FlushMilliseconds && !last.TryFlush() && IsConnected; waited++) await Task.Delay(1).ConfigureAwait(false);
        }
        catch (LinkProtocolException)
        {
            // It does not.
        }
        lock (QueueLock) isLaneFlushed = true;
        FrameQueued();
    }

    /// <summary>An acknowledgement that travels by itself.</summary>
    private protected abstract ILinkMessage AcknowledgementOf(ulong sequence);

    /// <summary>The acknowledgement that a message is; null if it is another one.</summary>
    private protected abstract Acknowledgement? AsAcknowledgement(ILinkMessage message);

    /// <summary>Takes frames off a connection until it ends, the link goes down, or another message than a frame comes.</summary>
    /// <returns>That message; null if there is none.</returns>
    private protected async Task<ILinkMessage?> ReadFramesAsync(LinkConnection from, CancellationToken cancellation)
    {
        var isReading = false;
        using var watch = Heartbeat is null ? null
            : pulses ? new SilenceWatch(Heartbeat.KeepAlive, from.Carrier, QuietTime, () => Task.Run(from.Abort), HearsPulse)
            : new SilenceWatch(Heartbeat.KeepAlive, from.Carrier, Time, from.Abort);
        try
        {
            while (true)
            {
                if (NoCredit() is { } credit) await CreditAsync(credit, from.Carrier, watch, cancellation).ConfigureAwait(false);
                isReading = true;
                if (!await from.Reader.MoveNext(cancellation).ConfigureAwait(false)) return null;
                isReading = false;
                Interlocked.Increment(ref messagesOfPeer);
                from.Carrier.Hear();
                switch (from.Reader.Current)
                {
                    case Frame when lane is not null:
                        throw new LinkProtocolException("A frame came over the call, where shared memory is in force.");
                    case Frame frame:
                        dataLink.Accept(frame);
                        AcknowledgementTaken();
                        Deliver(frame);
                        break;
                    case MalformedMessage malformed:
                        throw new LinkProtocolException(malformed.Text);
                    case var message when (replay ?? Heartbeat ?? (object?)memory) is not null && AsAcknowledgement(message) is { } acknowledgement:
                        dataLink.Accept(acknowledgement.Epoch, acknowledgement.Sequence);
                        AcknowledgementTaken();
                        memory?.RemoveName();
                        lane?.Rung();
                        break;
                    case var message:
                        return message;
                }
            }
        }
        catch (Exception e) when (isReading ? CallFailure.IsCallOver(e) : CallFailure.IsConnectionLost(e))
        {
            if (watch is { IsSilent: true })
                throw new IOException($"Nothing was heard for {Heartbeat!.KeepAlive.TotalSeconds:0.###} s (--keep-alive).");
            if (!CallFailure.SaysPeer(e) && writingFailed is { } cause) ExceptionDispatchInfo.Throw(cause);
            if (e is InvalidOperationException) throw new IOException(e.Message, e);
            throw;
        }
    }

    // HTTP/2's own flow control stops the other side meanwhile. A connection that is lost then need not wait for the engine to be resumed:
    // what of it has not been read is sent again.
    private static async Task CreditAsync(Task credit, Carrier carrier, SilenceWatch? watch, CancellationToken cancellation)
    {
        watch?.Excuse();
        if (await Task.WhenAny(credit, carrier.Lost).WaitAsync(cancellation).ConfigureAwait(false) != credit)
            throw new IOException("The connection ended.");
        watch?.Resume();
    }

    private void AcknowledgementTaken()
    {
        if (replay is null) return;
        lock (QueueLock)
        {
            var wasFull = replay.IsFull;
            replay.Acknowledge(dataLink.Acknowledged);
            if (!wasFull && !dataLink.AcknowledgementDue) return;
        }
        FrameQueued();
    }

    private void Deliver(Frame frame)
    {
        Action<Frame>? take = null;
        lock (QueueLock)
        {
            if (Down is null && Inbound.Count == 0) take = Taker;
            if (Down is null && take is null)
            {
                Inbound.Add(frame);
                Monitor.PulseAll(QueueLock);
                return;
            }
        }
        if (take is null) Discard(frame);
        else take(frame);
    }

    // What to wait for before reading on, if the engine is behind; null if it is not.
    private Task? NoCredit()
    {
        lock (QueueLock)
        {
            if (Down is not null || !Inbound.IsFull) return null;
            return (creditGiven ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    private protected override void CreditChanged()
    {
        if (Down is not null) lane?.End();
        if (creditGiven is null || (Inbound.IsFull && Down is null)) return;
        creditGiven.SetResult();
        creditGiven = null;
    }
}
