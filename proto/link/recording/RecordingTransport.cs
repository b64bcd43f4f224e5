using Pcie.Pci;
using Pcie.Pci.Memory;

namespace Pcie.Link.Recording;

/// <summary>
/// A transport that records what one side sends and receives, whichever transport lies underneath. The recording ends with the link.
/// </summary>
/// <remarks>Sending and receiving allocate nothing in steady state.</remarks>
/// <param name="inner">Closed and disposed with this.</param>
/// <param name="writer">Ended with the link.</param>
/// <param name="sends">Which way this side speaks.</param>
public sealed class RecordingTransport(ILinkTransport inner, SessionWriter writer, LinkDirection sends = LinkDirection.HostToDevice) : ILinkTransport
{
    private readonly LinkDirection receives = sends == LinkDirection.HostToDevice ? LinkDirection.DeviceToHost : LinkDirection.HostToDevice;

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
        if (inner.Down is null) writer.Record(frame, sends);
        inner.Send(frame);
    }

    /// <inheritdoc/>
    public void Post(Frame frame)
    {
        if (inner.Down is null) writer.Record(frame, sends);
        inner.Post(frame);
    }

    /// <inheritdoc/>
    public void WaitForCredit() => inner.WaitForCredit();

    /// <inheritdoc/>
    public Frame? Receive(TimeSpan timeout)
    {
        var frame = inner.Receive(timeout);
        if (frame is not null) writer.Record(frame, receives);
        return frame;
    }

    /// <inheritdoc/>
    public void Close(LinkDown reason)
    {
        inner.Close(reason);
        writer.End(inner.Down ?? reason);
    }

    /// <inheritdoc/>
    public void Wake() => inner.Wake();

    /// <inheritdoc/>
    public void Dispose()
    {
        inner.Dispose();
        writer.End(inner.Down ?? new LinkDown(LinkDownReason.Detached, "The transport was disposed."));
    }
}
