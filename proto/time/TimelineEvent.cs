namespace Pcie.Time;

/// <summary>
/// One event of a <see cref="Timeline"/>: created once, scheduled and cancelled as often as needed. An event is due at most
/// once per scheduling; scheduling it again before that moves it.
/// </summary>
/// <remarks>Scheduling, moving and cancelling allocate nothing, but for the first scheduling, which gives the event its place.</remarks>
public sealed class TimelineEvent
{
    private readonly Timeline timeline;
    internal readonly ITimelineTarget Target;
    internal readonly int Tag;
    internal readonly int Number;

    // All ones if the order of scheduling counts among events of one time; zero for an arrival, where that of creation does.
    internal readonly ulong Ordered;

    // Its place in the tournament; none until it is first scheduled.
    internal int Slot = Timeline.None;

    // And its place among those that may speak to the other side; none if it is not one of them.
    internal int SendSlot = Timeline.None;

    internal TimelineEvent(Timeline timeline, ITimelineTarget target, int tag, int number, ulong ordered, Duration lookahead)
    {
        this.timeline = timeline;
        Target = target;
        Tag = tag;
        Number = number;
        Ordered = ordered;
        Lookahead = lookahead;
    }

    /// <summary>
    /// The least time between this event and the first TLP that it can cause, as in conservative parallel simulation:
    /// <see cref="Timeline.EarliestSend"/> is made of it.
    /// </summary>
    public Duration Lookahead { get; }

    public bool IsScheduled => timeline.IsScheduled(this);

    /// <summary>When it is due; <see cref="SimTime.Never"/> when it is not scheduled.</summary>
    public SimTime DueAt => timeline.DueAt(this);

    /// <summary>Schedules the event, or moves it if it was scheduled. Among events of one time, the one scheduled last runs last.</summary>
    /// <exception cref="InvalidOperationException"><paramref name="at"/> is before <see cref="Timeline.Now"/>.</exception>
    public void Schedule(SimTime at) => timeline.Schedule(this, at);

    /// <summary>Schedules the event so long after now.</summary>
    public void ScheduleAfter(Duration delay) => timeline.Schedule(this, timeline.Now + delay);

    /// <summary>Forgets a scheduling; nothing happens if there was none.</summary>
    public void Cancel() => timeline.Cancel(this);
}
