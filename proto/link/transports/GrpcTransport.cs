using Grpc.Core;

namespace Pcie.Link.Transports;

/// <summary>
/// What both ends of a gRPC link do alike: a loop that reads messages into the inbound queue, and one that writes the outbound
/// queue.
/// </summary>
/// <remarks>
/// The engine's thread begins a write itself when none is under way; only what comes while one is under way is written by another
/// thread. That saves waking one up for each frame.
/// </remarks>
public abstract class GrpcTransport : QueuedTransport
{
    private readonly DataLink dataLink;
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? creditGiven;
    private bool writing;

    private protected GrpcTransport(FramePool pool, ulong epoch)
        : base(new object(), pool, new FrameQueue(), new FrameQueue())
    {
        Epoch = epoch;
        dataLink = new DataLink(epoch);
    }

    /// <summary>Which attachment this is, as in DeviceHello.</summary>
    public ulong Epoch { get; }

    /// <summary>Completes when the link is down and everything that could be sent has been.</summary>
    private protected Task Drained => drained.Task;

    /// <summary>Writes a message to the call.</summary>
    private protected abstract Task WriteAsync(ILinkMessage message);

    /// <inheritdoc/>
    public override void Close(LinkDown reason)
    {
        if (GoDown(reason)) FrameQueued();
    }

    private protected override void FrameQueued()
    {
        lock (Gate)
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
            while (NextToWrite() is { } frame)
                try
                {
                    dataLink.Stamp(frame);
                    await WriteAsync(frame).ConfigureAwait(false);
                }
                finally
                {
                    Pool.Return(frame);
                }
        }
        catch (Exception e) when (IsConnectionLost(e))
        {
            GoDown(PeerGone(e));
            DiscardOutbound();
        }
    }

    private Frame? NextToWrite()
    {
        lock (Gate)
        {
            var frame = Outbound.Take();
            if (frame is not null)
            {
                Monitor.PulseAll(Gate);
                return frame;
            }
            writing = false;
            if (Down is not null) drained.TrySetResult();
            return null;
        }
    }

    // `writing` stays set: nothing will ever be written again.
    private void DiscardOutbound()
    {
        lock (Gate)
            while (Outbound.Take() is { } frame) Discard(frame);
        drained.TrySetResult();
    }

    /// <summary>Takes frames off the call until it ends, the link goes down, or another message than a frame comes.</summary>
    /// <returns>That message; null if there is none.</returns>
    private protected async Task<ILinkMessage?> ReadFramesAsync(
        IAsyncStreamReader<ILinkMessage> reader, CancellationToken cancellation)
    {
        while (await reader.MoveNext(cancellation).ConfigureAwait(false))
        {
            switch (reader.Current)
            {
                case Frame frame:
                    dataLink.Accept(frame);
                    if (Deliver(frame) is { } credit) await credit.WaitAsync(cancellation).ConfigureAwait(false);
                    break;
                case MalformedMessage malformed:
                    throw new LinkProtocolException(malformed.Text);
                case var message:
                    return message;
            }
        }
        return null;
    }

    // Returns what to wait for before reading on, if the engine is behind: then HTTP/2's own flow control stops the other side.
    private Task? Deliver(Frame frame)
    {
        lock (Gate)
        {
            if (Down is null)
            {
                Inbound.Add(frame);
                Monitor.PulseAll(Gate);
                if (!Inbound.IsFull) return null;
                creditGiven = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return creditGiven.Task;
            }
        }
        Discard(frame);
        return null;
    }

    private protected override void CreditChanged()
    {
        if (creditGiven is null || (Inbound.IsFull && Down is null)) return;
        creditGiven.SetResult();
        creditGiven = null;
    }

    private protected static bool IsConnectionLost(Exception e) =>
        e is RpcException or IOException or OperationCanceledException or InvalidOperationException;

    private protected abstract LinkDown PeerGone(Exception e);
}
