using System.Diagnostics;
using Pcie.Link;
using Pcie.Pci;

namespace Pcie.Emu.Replay;

/// <summary>
/// A transport whose other side has so long, by the wall clock, to answer where its answer is waited for without end. A free-running device
/// that takes frames and gives none would otherwise be waited for for ever.
/// </summary>
internal sealed class PatientTransport(ILinkTransport inner, TimeSpan patience) : ILinkTransport
{
    private long waitingSince;

    public FramePool Pool => inner.Pool;

    public LinkDown? Down => inner.Down;

    public long FramesDiscarded => inner.FramesDiscarded;

    public void Send(Frame frame) => inner.Send(frame);

    public void Post(Frame frame) => inner.Post(frame);

    public void WaitForCredit() => inner.WaitForCredit();

    public Frame? Receive(TimeSpan timeout)
    {
        if (timeout != Timeout.InfiniteTimeSpan) return inner.Receive(timeout);
        if (waitingSince == 0) waitingSince = Stopwatch.GetTimestamp();
        var left = patience - Stopwatch.GetElapsedTime(waitingSince);
        var frame = inner.Receive(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        if (frame is not null) waitingSince = 0;
        else if (Stopwatch.GetElapsedTime(waitingSince) >= patience)
            inner.Close(new LinkDown(LinkDownReason.PeerGone,
                $"The device takes frames, and has answered none for {patience.TotalSeconds:0.###} s."));
        return frame;
    }

    public void Close(LinkDown reason) => inner.Close(reason);

    public void Wake() => inner.Wake();

    public void Dispose() => inner.Dispose();
}
