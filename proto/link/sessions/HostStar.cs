using System.Diagnostics;
using System.Numerics;
using System.Runtime.ExceptionServices;
using Pcie.Time;

namespace Pcie.Link.Sessions;

/// <summary>
/// The host's engine, centre of a star: one timeline, and a session with each device. Free-running, it may run its own events up to what every
/// device has promised, plus the latency; then it asks those for a new promise that hold it back, which is one round trip however many events lay in
/// between.
/// </summary>
/// <remarks>
/// With latency L: a promise P of a device lets the host run before P + L. What it sends at t may be answered from t + L, so that it may run before
/// t + 2L. The promise that the host states to a device in turn is the least of its own next event and of what another device may say: what nobody
/// knows yet of the others may have it speak to this one. L &gt; 0 makes every round trip move time on: the device that holds the host back most is
/// promised more than it has promised itself, so there is no deadlock. Running allocates nothing in steady state. By the wall clock nobody asks.
/// </remarks>
public sealed class HostStar
{
    /// <summary>Devices that a host can have.</summary>
    public const int MostDevices = 16;

    // A long run asks whether it was cancelled only so often.
    private const int EventsBetweenChecks = 4096;

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(2);

    private readonly Timeline timeline;
    private readonly LinkEngine engine;
    private readonly LinkSessionOptions options;
    private readonly IHostOutlook? outlook;
    private readonly HostSession[] sessions;
    private readonly Horizons horizons;

    // Own events strictly before this may run: the least horizon of the sessions.
    private SimTime horizon;
    private CancellationToken cancellation;
    private bool stopped;
    private readonly Lock lookGate = new();
    private Look? asked;

    /// <param name="transports">To each device one: by their order events of equal time are ordered.</param>
    /// <param name="outlook">How long the host may be silent though it has something to do; null if that is not known.</param>
    public HostStar(Timeline timeline, IReadOnlyList<ILinkTransport> transports, LinkSessionOptions options, IHostOutlook? outlook = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(transports.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(transports.Count, MostDevices);
        (this.timeline, this.options, this.outlook, engine) = (timeline, options, outlook, new LinkEngine(timeline, options.TimeScale));
        horizons = new Horizons(transports.Count);
        sessions = [.. transports.Select((transport, place) => new HostSession(this, place, engine, timeline, transport, options))];
    }

    internal HostStar(Timeline timeline, HostSession only, LinkSessionOptions options, IHostOutlook? outlook, LinkEngine engine)
    {
        (this.timeline, this.options, this.outlook, this.engine) = (timeline, options, outlook, engine);
        (sessions, horizons) = ([only], new Horizons(1));
    }

    /// <summary>In the order of the transports.</summary>
    public IReadOnlyList<HostSession> Sessions => sessions;

    /// <inheritdoc cref="LinkSession.EngineLock"/>
    public Lock EngineLock => engine.Lock;

    /// <summary>Times that the host waited for a device.</summary>
    public long RoundTrips => sessions.Sum(session => session.RoundTrips);

    private bool IsAlone => Array.TrueForAll(sessions, session => session.Down is not null);

    /// <summary>From within an event: a run returns when it is over, and no further one begins.</summary>
    public void Stop()
    {
        stopped = true;
        timeline.Bound(SimTime.Zero);
    }

    /// <summary>
    /// Has somebody look at the engine and all on it, from another thread: between two events, which is the engine's to choose while it runs, for
    /// it would not wait for others.
    /// </summary>
    /// <returns>False if it did not come to that in time: the engine waits for a device.</returns>
    public bool TryLook(Action look, TimeSpan patience)
    {
        lock (lookGate)
        {
            var wanted = new Look(look);
            Volatile.Write(ref asked, wanted);
            var started = Stopwatch.GetTimestamp();
            do
            {
                if (wanted.Done.Wait(LookInterval)) break;
                // Nobody runs it, or it keeps to the wall clock and waits.
                if (!EngineLock.TryEnter()) continue;
                try
                {
                    Answer();
                }
                finally
                {
                    EngineLock.Exit();
                }
            }
            while (Stopwatch.GetElapsedTime(started) < patience);
            if (Interlocked.CompareExchange(ref asked, null, wanted) == wanted) return false;
            wanted.Done.Wait(CancellationToken.None);
            if (wanted.Failure is { } failure) ExceptionDispatchInfo.Throw(failure);
            return true;
        }
    }

    /// <summary>Runs every event before <paramref name="until"/>, or until cancellation or the end of the last link.</summary>
    public void Run(SimTime until, CancellationToken cancellation) => Run(until, null, cancellation);

    /// <summary>As above, and no further than <paramref name="finished"/>.</summary>
    /// <param name="finished">Asked before each event, so it must be cheap. Null for none, which makes a long run fast.</param>
    public void Run(SimTime until, Func<bool>? finished, CancellationToken cancellation)
    {
        this.cancellation = cancellation;
        if (options.Pacing == Pacing.WallClock)
        {
            if (sessions.Length == 1) sessions[0].RunByWallClock(until, StoppedOr(finished), cancellation);
            else new WallClockStar(engine, sessions).Run(until, StoppedOr(finished), cancellation);
            return;
        }
        using var wake = cancellation.Register(static sessions => Array.ForEach((HostSession[])sessions!, session => session.Wake()), sessions);
        lock (EngineLock) RunFreely(until, finished);
    }

    /// <summary>
    /// Ends the run: free-running, each device runs its last events before <paramref name="end"/>, so that all sides stop at the same
    /// time. What a device sent that late never arrives.
    /// </summary>
    public void End(SimTime end)
    {
        foreach (var session in sessions)
        {
            if (session.Down is null) session.End(end, cancellation);
        }
    }

    /// <summary>Before this nothing arrives from a device that is not on the timeline already.</summary>
    internal ref SimTime HorizonOf(int place) => ref horizons[place];

    /// <summary>No own event may run from then on before a device has been asked.</summary>
    internal void Bound(SimTime at)
    {
        horizon = SimTime.Min(horizon, at);
        timeline.Bound(horizon);
    }

    private void RunFreely(SimTime until, Func<bool>? finished)
    {
        var timeline = this.timeline;
        while (!IsAlone && !stopped && !cancellation.IsCancellationRequested)
        {
            if (asked is not null) Answer();
            for (var left = EventsBetweenChecks; left > 0 && !stopped;)
            {
                if (finished is not null && finished()) return;
                var next = timeline.NextDue;
                if (SimTime.Min(next, until) >= horizon)
                {
                    // Whoever waits for something to happen may speak when it has.
                    AskForPromises(until, finished is null);
                    break;
                }
                if (next >= until) return;
                left -= timeline.RunBefore(SimTime.Min(until, horizon), finished is null ? left : 1);
            }
        }
    }

    private void AskForPromises(SimTime until, bool looksAhead)
    {
        var next = timeline.NextDue;
        var silentUntil = looksAhead && outlook is not null ? SimTime.Max(next, outlook.EarliestSend) : next;
        // The device may run to the promise + L. Promising at most end - L keeps it inside the run.
        silentUntil = SimTime.Min(silentUntil, until - options.Latency);
        var wanted = SimTime.Min(next, until);
        var (least, second) = horizons.Least();
        // Whom the host's promise does not let run any further is not looked at, let alone asked: mostly all but the one that holds the host back.
        var promise = SimTime.Min(silentUntil, least);
        var gaining = SimTime.Max(least, promise + options.Latency + options.Latency);
        // All are asked before any is waited for: devices that are processes of their own run at once.
        var waiting = 0u;
        for (var late = horizons.NotAfter(SimTime.Min(wanted, gaining)); late != 0; late &= late - 1)
        {
            var place = BitOperations.TrailingZeroCount(late);
            if (sessions[place].TryAsk(horizons[place] == least ? SimTime.Min(silentUntil, second) : promise)) waiting |= 1u << place;
        }
        for (; waiting != 0; waiting &= waiting - 1) sessions[BitOperations.TrailingZeroCount(waiting)].TakeAnswer(wanted, cancellation);
        (horizon, _) = horizons.Least();
    }

    private void Answer()
    {
        if (Interlocked.Exchange(ref asked, null) is not { } wanted) return;
        try
        {
            wanted.Action();
        }
        catch (Exception e)
        {
            // It is the looker's, and not the engine's.
            wanted.Failure = e;
        }
        wanted.Done.Set();
    }

    private Func<bool> StoppedOr(Func<bool>? finished) => () => stopped || finished?.Invoke() == true;

    private sealed class Look(Action action)
    {
        public Action Action => action;

        public ManualResetEventSlim Done { get; } = new();

        public Exception? Failure { get; set; }
    }
}
