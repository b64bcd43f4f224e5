using Pcie.Time;

namespace Pcie.Link.Sessions;

/// <summary>What the links of one engine have in common: its lock, and by the wall clock its time.</summary>
internal sealed class LinkEngine(Timeline timeline, double timeScale)
{
    // A late engine catches up in steps of this, and receives in between. Catching up at once, it would answer nobody meanwhile; and if sending is
    // what makes it late, it would be later each time.
    private static readonly Duration LongestStep = Duration.FromMilliseconds(1);

    private WallClock? clock;
    private SimTime clockTime;

    /// <summary>Held while the engine touches the timeline or anything on it.</summary>
    public Lock Lock { get; } = new();

    /// <summary>The longest that an event was overdue.</summary>
    public Duration GreatestLag { get; private set; }

    /// <summary>The time that it ought to be, as of the step that is being run.</summary>
    public SimTime ClockTime => SimTime.Max(clockTime, timeline.Now);

    /// <summary>The clock starts now, if it does not run.</summary>
    public void Start() => clock ??= new WallClock(timeScale);

    /// <summary>Runs what is due, or a step of it.</summary>
    /// <param name="until">No event after this.</param>
    /// <returns>How far it is.</returns>
    public SimTime Step(SimTime until)
    {
        var now = StepTowards(SimTime.Min(clockTime = clock!.Now, until));
        timeline.RunBefore(now + new Duration(1));
        timeline.AdvanceTo(now);
        return now;
    }

    /// <summary>How long there is nothing to do, up to a time.</summary>
    public TimeSpan IdleUntil(SimTime until) => clock!.Until(SimTime.Min(timeline.NextDue, until));

    /// <summary>Before something arrives: what is due earlier comes first.</summary>
    public void CatchUp()
    {
        Start();
        var now = StepTowards(clockTime = clock!.Now);
        timeline.RunBefore(now);
        timeline.AdvanceTo(now);
    }

    // As far as there is nothing to do, and a step further.
    private SimTime StepTowards(SimTime now)
    {
        if (timeline.NextDue >= now) return now;
        var lag = now - timeline.NextDue;
        if (lag > GreatestLag) GreatestLag = lag;
        return SimTime.Min(now, timeline.NextDue + LongestStep);
    }
}
