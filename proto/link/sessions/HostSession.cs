using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Link.Sessions;

/// <summary>
/// The host's end of a session with a device: a ray of the <see cref="HostStar"/>, which runs the host's events. One that is made by itself is a
/// star of one.
/// </summary>
/// <remarks>Sending and running allocate nothing in steady state.</remarks>
public sealed class HostSession : LinkSession
{
    private readonly int place;
    private SimTime promised, horizonWhenAsked;

    /// <param name="outlook">How long the host may be silent though it has something to do; null if that is not known.</param>
    public HostSession(Timeline timeline, ILinkTransport transport, LinkSessionOptions options, IHostOutlook? outlook = null)
        : this(timeline, transport, options, outlook, new LinkEngine(timeline, options.TimeScale))
    {
    }

    internal HostSession(HostStar star, int place, LinkEngine engine, Timeline timeline, ILinkTransport transport, LinkSessionOptions options)
        : base(timeline, transport, options, engine) => (Star, this.place) = (star, place);

    private HostSession(Timeline timeline, ILinkTransport transport, LinkSessionOptions options, IHostOutlook? outlook, LinkEngine engine)
        : base(timeline, transport, options, engine) => Star = new HostStar(timeline, this, options, outlook, engine);

    /// <summary>The engine.</summary>
    public HostStar Star { get; }

    /// <summary>Times that this side waited for the other.</summary>
    public long RoundTrips { get; private set; }

    // Before this nothing arrives that is not on the timeline already: the device's promise and the latency, as far as it was not spoken to.
    private ref SimTime Horizon => ref Star.HorizonOf(place);

    /// <inheritdoc cref="HostStar.Stop"/>
    public void Stop() => Star.Stop();

    /// <inheritdoc cref="HostStar.TryLook"/>
    public bool TryLook(Action look, TimeSpan patience) => Star.TryLook(look, patience);

    /// <inheritdoc cref="HostStar.Run(SimTime, CancellationToken)"/>
    public void Run(SimTime until, CancellationToken cancellation) => Star.Run(until, cancellation);

    /// <inheritdoc cref="HostStar.Run(SimTime, Func{bool}?, CancellationToken)"/>
    public void Run(SimTime until, Func<bool>? finished, CancellationToken cancellation) => Star.Run(until, finished, cancellation);

    /// <inheritdoc cref="HostStar.End"/>
    public void End(SimTime end) => Star.End(end);

    /// <inheritdoc/>
    protected override void Sent(in Tlp tlp)
    {
        ref var horizon = ref Horizon;
        horizon = SimTime.Min(horizon, tlp.SentAt + Options.Latency + Options.Latency);
        Star.Bound(horizon);
    }

    /// <summary>Asks for a promise, stating the host's own; the answer is still to be taken.</summary>
    /// <returns>False if the device is gone, or has nothing to run under the host's promise: asking it would gain nothing.</returns>
    internal bool TryAsk(SimTime promise)
    {
        if (Down is not null || !GainsFrom(promise)) return false;
        Ask(promise);
        return true;
    }

    /// <summary>Waits for the answer.</summary>
    /// <param name="wanted">How far the host would like to run.</param>
    internal void TakeAnswer(SimTime wanted, CancellationToken cancellation)
    {
        if (ReceiveFrame(cancellation) is not { } reply) return;
        ref var horizon = ref Horizon;
        horizon = reply.Promise + Options.Latency;
        if (horizon <= horizonWhenAsked && reply.Count == 0 && wanted >= horizon && wanted != SimTime.Never && GainsFrom(promised))
        {
            TakeDown(new LinkDown(LinkDownReason.ProtocolError,
                $"The device promised silence only until {reply.Promise} when asked at {Timeline.Now}: time would stand still."));
            return;
        }
        Accept(reply);
    }

    /// <inheritdoc/>
    protected override void WentDown() => Horizon = SimTime.Never;

    /// <summary>The last exchange of a run; by the wall clock, what is left to be sent.</summary>
    internal void End(SimTime end, CancellationToken cancellation)
    {
        if (Options.Pacing == Pacing.WallClock)
        {
            FlushGathered();
            return;
        }
        Outgoing.EndOfRun = end;
        Ask(end);
        TakeAnswer(SimTime.Never, cancellation);
    }

    private bool GainsFrom(SimTime promise) => promise + Options.Latency + Options.Latency > Horizon;

    private void Ask(SimTime promise)
    {
        RoundTrips++;
        (promised, horizonWhenAsked) = (SimTime.Max(promise, SimTime.Zero), Horizon);
        Outgoing.PromiseRequested = true;
        Outgoing.Promise = promised;
        Transport.WaitForCredit();
        Flush();
    }
}
