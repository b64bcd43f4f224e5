using Pcie.Pci;

namespace Pcie.Link.Transports;

/// <summary>
/// One end of a link whose two sides run on one thread, free-running: nothing waits and nothing is locked. A host that has nothing to
/// receive has the device serve what it was sent, which is what waiting for it amounts to.
/// </summary>
/// <remarks>Allocates nothing in steady state.</remarks>
public sealed class DirectTransport : ILinkTransport
{
    private readonly Wires wires;
    private readonly Queue<Frame> inbound;
    private readonly Queue<Frame> outbound;
    private readonly Action? serveDevice;

    /// <summary>The device's end of a new link; its session comes next, and then the host's end.</summary>
    public DirectTransport()
    {
        wires = new Wires();
        (inbound, outbound) = (wires.ToDevice, wires.ToHost);
    }

    private DirectTransport(Wires wires, Action serveDevice)
    {
        (this.wires, this.serveDevice) = (wires, serveDevice);
        (inbound, outbound) = (wires.ToHost, wires.ToDevice);
    }

    /// <summary>The host's end of the link whose device's end this is.</summary>
    /// <param name="serveDevice">Has the device serve all that it was sent.</param>
    public DirectTransport CreateHostEnd(Action serveDevice) => new(wires, serveDevice);

    /// <inheritdoc/>
    public FramePool Pool => wires.Pool;

    /// <inheritdoc/>
    public LinkDown? Down => IsHost ? wires.DownAtHost : wires.DownAtDevice;

    /// <inheritdoc/>
    public long FramesDiscarded { get; private set; }

    private bool IsHost => serveDevice is not null;

    /// <inheritdoc/>
    public void Send(Frame frame)
    {
        if (Down is null)
        {
            outbound.Enqueue(frame);
            return;
        }
        FramesDiscarded++;
        Pool.Return(frame);
    }

    /// <inheritdoc/>
    /// <remarks>Never waits: what the device does not say when it is served will not come.</remarks>
    public Frame? Receive(TimeSpan timeout)
    {
        if (inbound.Count == 0) serveDevice?.Invoke();
        return inbound.TryDequeue(out var frame) ? frame : null;
    }

    /// <inheritdoc/>
    public void Close(LinkDown reason)
    {
        if (Down is not null) return;
        var other = InProcessTransport.SeenFromTheOtherSide(reason, IsHost);
        if (IsHost) (wires.DownAtHost, wires.DownAtDevice) = (reason, wires.DownAtDevice ?? other);
        else (wires.DownAtDevice, wires.DownAtHost) = (reason, wires.DownAtHost ?? other);
    }

    /// <inheritdoc/>
    public void Wake()
    {
        // Nobody ever waits.
    }

    /// <inheritdoc/>
    public void Dispose() =>
        Close(new LinkDown(LinkDownReason.Detached, IsHost ? "The host detached." : "The device was shut down."));

    // What both ends share.
    private sealed class Wires
    {
        public readonly FramePool Pool = new();
        public readonly Queue<Frame> ToHost = new();
        public readonly Queue<Frame> ToDevice = new();
        public LinkDown? DownAtHost;
        public LinkDown? DownAtDevice;
    }
}
