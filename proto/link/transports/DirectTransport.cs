using Pcie.Pci;

namespace Pcie.Link.Transports;

/// <summary>
/// One end of a link whose two sides run on one thread, free-running: nothing waits and nothing is locked. When the host has
/// nothing
/// to receive, the device is pumped, which is what waiting for it amounts to.
/// </summary>
/// <remarks>Allocates nothing in steady state.</remarks>
public sealed class DirectTransport : ILinkTransport
{
    private readonly bool isHost;
    private readonly Queue<Frame> inbound = new();
    private DirectTransport other = null!;

    private DirectTransport(bool isHost, FramePool pool)
    {
        this.isHost = isHost;
        Pool = pool;
    }

    /// <summary>The two ends of a new link.</summary>
    public static (DirectTransport Host, DirectTransport Device) CreatePair()
    {
        var pool = new FramePool();
        var host = new DirectTransport(true, pool);
        var device = new DirectTransport(false, pool) { other = host };
        host.other = device;
        return (host, device);
    }

    /// <summary>
    /// Runs the other side until it has served what it was sent. Set on the host's end, before the session runs.
    /// </summary>
    public Action? Pump { get; set; }

    /// <inheritdoc/>
    public FramePool Pool { get; }

    /// <inheritdoc/>
    public LinkDown? Down { get; private set; }

    /// <inheritdoc/>
    public long FramesDiscarded { get; private set; }

    /// <inheritdoc/>
    public void Send(Frame frame)
    {
        if (Down is null)
        {
            other.inbound.Enqueue(frame);
            return;
        }
        FramesDiscarded++;
        Pool.Return(frame);
    }

    /// <inheritdoc/>
    /// <remarks>Never waits: what the pump does not bring will not come.</remarks>
    public Frame? Receive(TimeSpan timeout)
    {
        if (inbound.Count == 0) Pump?.Invoke();
        return inbound.TryDequeue(out var frame) ? frame : null;
    }

    /// <inheritdoc/>
    public void Close(LinkDown reason)
    {
        if (Down is not null) return;
        Down = reason;
        other.Down ??= InProcessTransport.SeenFromTheOtherSide(reason, isHost);
    }

    /// <inheritdoc/>
    public void Wake()
    {
        // Nobody ever waits.
    }

    /// <inheritdoc/>
    public void Dispose() =>
        Close(new LinkDown(LinkDownReason.Detached, isHost ? "The host detached." : "The device was shut down."));
}
