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
    private IDisposable? device;

    /// <summary>The device's end of a new link; its session comes next, and then the host's end.</summary>
    public DirectTransport()
    {
        wires = new Wires();
        (inbound, outbound) = (wires.ToDevice, wires.ToHost);
    }

    private DirectTransport(Wires wires, Action serveDevice, IDisposable? device)
    {
        (this.wires, this.serveDevice, this.device) = (wires, serveDevice, device);
        (inbound, outbound) = (wires.ToHost, wires.ToDevice);
    }

    /// <summary>The host's end of the link whose device's end this is.</summary>
    /// <param name="serveDevice">Has the device serve all that it was sent.</param>
    /// <param name="device">Disposed of with this end; null if it is another's to do.</param>
    public DirectTransport CreateHostEnd(Action serveDevice, IDisposable? device = null) => new(wires, serveDevice, device);

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
    public void Dispose()
    {
        Close(new LinkDown(LinkDownReason.Detached, IsHost ? "The host detached." : "The device was shut down."));
        device?.Dispose();
        device = null;
    }

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
