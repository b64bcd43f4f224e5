using Pcie.Link.DataLinkLayer;
using Pcie.Pci;

namespace Pcie.Link.Transports;

/// <summary>One end of a link between two engine threads of one process. Frames are handed over, not copied.</summary>
public sealed class InProcessTransport : QueuedTransport
{
    private const int HostEnd = 0, DeviceEnd = 1;

    // Both, so that the one that closes takes the other down.
    private readonly InProcessTransport[] ends;
    private readonly int end;

    private InProcessTransport(InProcessTransport[] ends, int end, object queueLock, FramePool pool, FrameQueue inbound, FrameQueue outbound)
        : base(queueLock, pool, inbound, outbound) => (this.ends, this.end) = (ends, end);

    private bool IsHost => end == HostEnd;

    /// <summary>The two ends of a new link.</summary>
    public static (InProcessTransport Host, InProcessTransport Device) CreatePair()
    {
        var (queueLock, pool, toDevice, toHost) = (new object(), new FramePool(), new FrameQueue(), new FrameQueue());
        var ends = new InProcessTransport[2];
        ends[HostEnd] = new InProcessTransport(ends, HostEnd, queueLock, pool, toHost, toDevice);
        ends[DeviceEnd] = new InProcessTransport(ends, DeviceEnd, queueLock, pool, toDevice, toHost);
        return (ends[HostEnd], ends[DeviceEnd]);
    }

    /// <inheritdoc/>
    public override void Close(LinkDown reason)
    {
        lock (QueueLock)
            if (GoDown(reason)) ends[1 - end].GoDown(SeenFromTheOtherSide(reason, IsHost));
    }

    /// <inheritdoc/>
    public override void Dispose() =>
        Close(new LinkDown(LinkDownReason.Detached, IsHost ? "The host detached." : "The device was shut down."));

    // The other end waits for it on the same lock.
    private protected override void FrameQueued()
    {
        lock (QueueLock) Monitor.PulseAll(QueueLock);
    }

    /// <summary>A host may detach; a device that leaves is a surprise removal.</summary>
    internal static LinkDown SeenFromTheOtherSide(LinkDown reason, bool closedByHost) =>
        reason.Reason == LinkDownReason.Detached && !closedByHost ? reason with { Reason = LinkDownReason.PeerGone } : reason;
}
