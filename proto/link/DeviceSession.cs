using Pcie.Time;

namespace Pcie.Link;

/// <summary>
/// The device's engine. Free-running, it runs its events when the host asks for a promise, as far as the host's own promise and the
/// latency allow, and replies with what it has to say and a promise of its own.
/// </summary>
/// <remarks>Running and sending allocate nothing in steady state.</remarks>
public sealed class DeviceSession(Timeline timeline, ILinkTransport transport, LinkSessionOptions options)
    : LinkSession(timeline, transport, options)
{
    // A reply is one frame. With this much in it the device stops early: one more event's writes must still fit.
    private const int FullReplyPayload = Frame.MaxPayload / 2 - (1 << 20);
    private const int FullReplyTlps = Frame.MaxTlps / 2;

    // When this side first said something, in the current reply, that the host may answer.
    private SimTime spokeAt;

    /// <summary>Serves the host until the link is down, whoever ended it.</summary>
    public void Run(CancellationToken cancellation)
    {
        if (Options.Pacing == Pacing.WallClock)
        {
            RunByWallClock(SimTime.Never, static () => false, cancellation);
            return;
        }
        using var wake = cancellation.Register(static transport => ((ILinkTransport)transport!).Wake(), Transport);
        while (!cancellation.IsCancellationRequested && ReceiveFrame(cancellation) is { } frame) Serve(frame);
    }

    /// <summary>Serves what the host has sent, without waiting: for a host on the same thread.</summary>
    public void ServePending()
    {
        while (Down is null && Transport.Receive(TimeSpan.Zero) is { } frame) Serve(frame);
    }

    /// <inheritdoc/>
    protected override void Sent(in Tlp tlp)
    {
        // A write of one DW may be an interrupt, which the host may answer; longer ones are data.
        if (spokeAt == SimTime.Never && (tlp.Kind != TlpKind.MemoryWrite || tlp.Length == 4)) spokeAt = tlp.SentAt;
    }

    private void Serve(Frame frame)
    {
        lock (Gate)
        {
            var (promise, asked, end) = (frame.Promise, frame.PromiseRequested, frame.EndOfRun);
            if (!Accept(frame) || !asked) return;
            spokeAt = SimTime.Never;
            if (end != SimTime.Never) Timeline.RunBefore(end);
            else RunAsFarAsAllowed(promise + Options.Latency);
            Outgoing.Promise = Timeline.EarliestSpeech;
            Flush();
        }
    }

    private void RunAsFarAsAllowed(SimTime limit)
    {
        while (Outgoing is { PayloadLength: < FullReplyPayload, Count: < FullReplyTlps }
            && Timeline.NextDue < SimTime.Min(limit, spokeAt + Options.Latency + Options.Latency)) Timeline.RunNext();
    }
}
