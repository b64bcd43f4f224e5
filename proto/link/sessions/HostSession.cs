using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Link.Sessions;

/// <summary>
/// The host's engine, centre of the star. Free-running, it may run its own events up to what the device has promised, plus the
/// latency; then it asks for a new promise, which is one round trip however many events lay in between.
/// </summary>
/// <remarks>
/// With latency L: a promise P lets the host run before P + L. What it sends at t may be answered from t + L, so that it may run before
/// t + 2L. L &gt; 0 makes every round trip move time on: there is no deadlock. Sending and running allocate nothing in steady state.
/// </remarks>
public sealed class HostSession(Timeline timeline, ILinkTransport transport, LinkSessionOptions options)
    : LinkSession(timeline, transport, options)
{
    // A long run asks whether it was cancelled only so often.
    private const int EventsBetweenChecks = 4096;

    // Own events strictly before this may run.
    private SimTime horizon;
    private CancellationToken cancellation;
    private bool stopped;

    /// <summary>Times that this side waited for the other.</summary>
    public long RoundTrips { get; private set; }

    /// <summary>From within an event: a run returns when it is over, and no further one begins.</summary>
    public void Stop() => stopped = true;

    /// <summary>Runs every event before <paramref name="until"/>, or until cancellation or the end of the link.</summary>
    public void Run(SimTime until, CancellationToken cancellation) => Run(until, null, cancellation);

    /// <summary>Runs every event before <paramref name="until"/>, or until <paramref name="finished"/>, cancellation, or the end of the link.</summary>
    /// <param name="finished">Asked before each event, so it must be cheap. Null for none, which makes a long run fast.</param>
    public void Run(SimTime until, Func<bool>? finished, CancellationToken cancellation)
    {
        this.cancellation = cancellation;
        if (Options.Pacing == Pacing.WallClock)
        {
            RunByWallClock(until, StoppedOr(finished), cancellation);
            return;
        }
        using var wake = cancellation.Register(static transport => ((ILinkTransport)transport!).Wake(), Transport);
        var timeline = Timeline;
        while (Down is null && !stopped && !cancellation.IsCancellationRequested)
        {
            for (var i = 0; i < EventsBetweenChecks && !stopped; i++)
            {
                if (finished is not null && finished()) return;
                var next = timeline.NextDue;
                if (SimTime.Min(next, until) >= horizon)
                {
                    AskForPromise(until);
                    break;
                }
                if (next >= until) return;
                timeline.RunNext();
            }
        }
    }

    private Func<bool> StoppedOr(Func<bool>? finished) => () => stopped || finished?.Invoke() == true;

    /// <summary>
    /// Ends the run: free-running, the device runs its last events before <paramref name="end"/>, so that both sides stop at the same
    /// time. What it sent that late never arrives.
    /// </summary>
    public void End(SimTime end)
    {
        if (Down is not null) return;
        if (Options.Pacing == Pacing.WallClock)
        {
            if (Outgoing.Count > 0) Flush();
            return;
        }
        Outgoing.EndOfRun = end;
        Exchange(end, SimTime.Never);
    }

    /// <inheritdoc/>
    protected override void Sent(in Tlp tlp) =>
        horizon = SimTime.Min(horizon, tlp.SentAt + Options.Latency + Options.Latency);

    private void AskForPromise(SimTime until)
    {
        var next = Timeline.NextDue;
        // The device may run to the promise + L. Promising at most end - L keeps it inside the run.
        Exchange(SimTime.Min(next, until - Options.Latency), SimTime.Min(next, until));
    }

    private void Exchange(SimTime promise, SimTime wanted)
    {
        RoundTrips++;
        var before = horizon;
        Outgoing.PromiseRequested = true;
        Outgoing.Promise = SimTime.Max(promise, Timeline.Now);
        Transport.WaitForCredit();
        Flush();
        if (ReceiveFrame(cancellation) is not { } reply) return;
        horizon = reply.Promise + Options.Latency;
        if (horizon <= before && reply.Count == 0 && wanted >= horizon && wanted != SimTime.Never)
        {
            TakeDown(new LinkDown(LinkDownReason.ProtocolError,
                $"The device promised silence only until {reply.Promise} when asked at {Timeline.Now}: time would stand still."));
            return;
        }
        Accept(reply);
    }
}
