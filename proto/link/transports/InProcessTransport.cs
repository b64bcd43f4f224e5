using Pcie.Link.DataLinkLayer;
using Pcie.Pci;

namespace Pcie.Link.Transports;

/// <summary>One end of a link between two engine threads of one process. Frames are handed over, not copied.</summary>
public sealed class InProcessTransport : QueuedTransport
{
    private readonly bool isHost;
    private InProcessTransport other = null!;

    private InProcessTransport(bool isHost, object queueLock, FramePool pool, FrameQueue inbound, FrameQueue outbound)
        : base(queueLock, pool, inbound, outbound) => this.isHost = isHost;

    /// <summary>The two ends of a new link.</summary>
    public static (InProcessTransport Host, InProcessTransport Device) CreatePair()
    {
        var (queueLock, pool, toDevice, toHost) = (new object(), new FramePool(), new FrameQueue(), new FrameQueue());
        var host = new InProcessTransport(true, queueLock, pool, toHost, toDevice);
        var device = new InProcessTransport(false, queueLock, pool, toDevice, toHost) { other = host };
        host.other = device;
        return (host, device);
    }

    /// <inheritdoc/>
    public override void Close(LinkDown reason)
    {
        lock (QueueLock)
            if (GoDown(reason)) other.GoDown(SeenFromTheOtherSide(reason, isHost));
    }

    /// <inheritdoc/>
    public override void Dispose() =>
        Close(new LinkDown(LinkDownReason.Detached, isHost ? "The host detached." : "The device was shut down."));

    /// <summary>A host may detach; a device that leaves is a surprise removal.</summary>
    internal static LinkDown SeenFromTheOtherSide(LinkDown reason, bool closedByHost) =>
        reason.Reason == LinkDownReason.Detached && !closedByHost ? reason with { Reason = LinkDownReason.PeerGone } : reason;
}
