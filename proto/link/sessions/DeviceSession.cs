using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Link.Sessions;

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

    // A host may promise a day of silence: others look in, and the end of the link is noticed, after so many events.
    private const int EventsBetweenChecks = 4096;

    // When this side first said something, in the current reply, that the host may answer.
    private SimTime spokeAt;

    // As the host has promised.
    private SimTime limit;

    /// <summary>
    /// Before this time nothing arrives that is not on the timeline already, as far as this side has spoken: a device whose time is elsewhere may run
    /// so far at once. By the wall clock nothing is known.
    /// </summary>
    public SimTime Horizon => HorizonIfSpoken(spokeAt);

    /// <summary>
    /// As <see cref="Horizon"/>, and as it will be when this side has said something now that the host may answer; also while something arrives.
    /// </summary>
    public SimTime HorizonOnceSpoken => SimTime.Min(HorizonIfSpoken(SimTime.Min(spokeAt, Timeline.Now)), NextArrival);

    /// <summary>Serves the host until the link is down, whoever ended it.</summary>
    public void Run(CancellationToken cancellation)
    {
        if (Options.Pacing == Pacing.WallClock)
        {
            RunByWallClock(SimTime.Never, null, cancellation);
            return;
        }
        using var wake = cancellation.Register(static transport => ((ILinkTransport)transport!).Wake(), Transport);
        while (!cancellation.IsCancellationRequested && ReceiveFrame(cancellation) is { } frame) Serve(frame);
    }

    /// <summary>Serves what the host has sent, without waiting: for a host on the same thread.</summary>
    public void ServePending()
    {
        while (Down is null && Transport.Receive(TimeSpan.Zero) is { } frame)
            if (Options.Pacing == Pacing.WallClock) DeliverNow(frame);
            else Serve(frame);
        if (Options.Pacing == Pacing.WallClock) RunNow();
    }

    /// <inheritdoc/>
    protected override void Sent(in Tlp tlp)
    {
        // A write of one DW may be an interrupt, which the host may answer; longer ones are data.
        if (spokeAt == SimTime.Never && (tlp.Kind != TlpKind.MemoryWrite || tlp.Length == 4)) spokeAt = tlp.SentAt;
    }

    private SimTime HorizonIfSpoken(SimTime at) =>
        Options.Pacing == Pacing.WallClock ? Timeline.Now : SimTime.Min(limit, at + Options.Latency + Options.Latency);

    private void Serve(Frame frame)
    {
        var (promise, asked, end) = (frame.Promise, frame.PromiseRequested, frame.EndOfRun);
        lock (EngineLock)
            if (!Accept(frame) || !asked) return;
        spokeAt = SimTime.Never;
        for (var done = false; !done && Transport.Down is null;)
        {
            Transport.WaitForCredit();
            lock (EngineLock)
            {
                done = end != SimTime.Never ? RunToTheEnd(end) : RunAsFarAsAllowed(promise + Options.Latency);
                if (!done) continue;
                Outgoing.Promise = Timeline.EarliestSend;
                Flush();
            }
        }
    }

    // Both return false if there is more to run.
    private bool RunToTheEnd(SimTime end)
    {
        limit = end;
        for (var events = 0; Timeline.NextDue < end; events++)
        {
            if (events == EventsBetweenChecks) return false;
            Timeline.RunNext();
        }
        return true;
    }

    private bool RunAsFarAsAllowed(SimTime allowed)
    {
        limit = allowed;
        for (var events = 0; Outgoing is { PayloadLength: < FullReplyPayload, Count: < FullReplyTlps }
            && Timeline.NextDue < Horizon; events++)
        {
            if (events == EventsBetweenChecks) return false;
            Timeline.RunNext();
        }
        return true;
    }
}
