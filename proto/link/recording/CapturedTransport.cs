using Pcie.Pci;
using Pcie.Pci.Memory;

namespace Pcie.Link.Recording;

/// <summary>A transport whose TLPs can be looked at, whichever transport lies underneath.</summary>
/// <remarks>Sending and receiving allocate nothing.</remarks>
/// <param name="inner">Closed and disposed with this.</param>
/// <param name="sends">Which way this side speaks.</param>
public sealed class CapturedTransport(ILinkTransport inner, LinkDirection sends) : ILinkTransport
{
    private readonly LinkDirection receives = sends == LinkDirection.HostToDevice ? LinkDirection.DeviceToHost : LinkDirection.HostToDevice;

    private Action<Frame>? takes, taken;

    /// <summary>What passes.</summary>
    public TlpCapture Capture { get; } = new();

    /// <inheritdoc/>
    public FramePool Pool => inner.Pool;

    /// <inheritdoc/>
    public LinkDown? Down => inner.Down;

    /// <inheritdoc/>
    public bool IsConnected => inner.IsConnected;

    /// <inheritdoc/>
    public bool CarriesInterruptLine => inner.CarriesInterruptLine;

    /// <inheritdoc/>
    public long FramesDiscarded => inner.FramesDiscarded;

    /// <inheritdoc/>
    public IHostMemoryBacking? Memory => inner.Memory;

    /// <inheritdoc/>
    public void Send(Frame frame)
    {
        Capture.Record(frame, sends);
        inner.Send(frame);
    }

    /// <inheritdoc/>
    public void Post(Frame frame)
    {
        Capture.Record(frame, sends);
        inner.Post(frame);
    }

    /// <inheritdoc/>
    public bool IsDirect => inner.IsDirect;

    /// <inheritdoc/>
    public void Post(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        Capture.Record(tlp, payload, sends);
        inner.Post(tlp, payload);
    }

    /// <inheritdoc/>
    public void WaitForCredit() => inner.WaitForCredit();

    /// <inheritdoc/>
    public Frame? Receive(TimeSpan timeout)
    {
        var frame = inner.Receive(timeout);
        if (frame is not null) Capture.Record(frame, receives);
        return frame;
    }

    /// <inheritdoc/>
    public Frame? Receive(TimeSpan timeout, Action<Frame> take, Lock engineLock)
    {
        if (takes != take) (takes, taken) = (take, Capturing(take));
        var frame = inner.Receive(timeout, taken!, engineLock);
        if (frame is not null) Capture.Record(frame, receives);
        return frame;
    }

    private Action<Frame> Capturing(Action<Frame> take) => frame =>
    {
        Capture.Record(frame, receives);
        take(frame);
    };

    /// <inheritdoc/>
    public void Close(LinkDown reason) => inner.Close(reason);

    /// <inheritdoc/>
    public void Wake() => inner.Wake();

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();
}
