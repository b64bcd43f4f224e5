using Pcie.DriverModel.Kernel;
using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.DriverModel.Interference;

/// <summary>
/// Another driver of the machine, or its threads: what comes in between, again and again. When is this class's subject, what its
/// <see cref="InterferenceActivity"/>'s.
/// </summary>
public sealed class InterferenceSource : ITimelineTarget
{
    private const int Periodic = 0, OneOff = 1, InBurst = 2, AfterStop = 3, Following = 4;

    private readonly RecurringInterference options;
    private readonly ModelledKernel kernel;
    private readonly InterferenceActivity activity;
    private readonly TimelineEvent next;
    private readonly TimelineEvent once;
    private readonly TimelineEvent inBurst;
    private readonly TimelineEvent afterStop;
    private readonly TimelineEvent following;
    private readonly Draws? intervals;
    private readonly Draws gaps;
    private readonly RandomStream bursts;
    private readonly RandomStream chances;
    private readonly RandomStream delays;
    private readonly PriorityQueue<SimTime, long> followingAt = new();
    private readonly bool goesOnWhileStopped;
    private InterferenceSource[] followers = [];
    private int oneOffsDone;
    private bool isInBurst;

    // At its intervals, once, and nothing else with it: nearly all that happens in a day.
    private bool comesAlone;
    private (bool Occurs, Duration BeforeEnd)? asked;
    private int leftOfBurst;
    private int heldUp;

    public InterferenceSource(RecurringInterference options, ModelledKernel kernel, ulong seed)
    {
        this.options = options;
        this.kernel = kernel;
        // One stream for each kind of draw: what is changed about one leaves the others as they were.
        if (options.Interval is { } interval) intervals = Draws.Intervals(interval, StreamOf("interval"));
        gaps = Draws.Intervals(options.BurstGap, StreamOf("burst-gap"));
        bursts = StreamOf("bursts");
        chances = StreamOf("chance");
        delays = StreamOf("delay");
        activity = options.Connect(kernel, kernel.Tracer.AddSource(options.Name), StreamOf);
        goesOnWhileStopped = activity.GoesOnWhileStopped;
        comesAlone = options is { Phase: null, Burst: 1, BurstBegins: 0 };
        afterStop = kernel.Timeline.CreateEvent(this, AfterStop, ModelledKernel.NoCode);
        following = kernel.Timeline.CreateEvent(this, Following, ModelledKernel.NoCode);
        inBurst = kernel.Timeline.CreateEvent(this, InBurst, ModelledKernel.NoCode);
        next = kernel.Timeline.CreateEvent(this, Periodic, ModelledKernel.NoCode);
        once = kernel.Timeline.CreateEvent(this, OneOff, ModelledKernel.NoCode);
        if (intervals is not null) next.Schedule(SimTime.Zero + intervals.Next());
        if (options.At.Count > 0) once.Schedule(SimTime.Zero + options.At[0]);

        RandomStream StreamOf(string draw) => new(seed, $"host.interference.{options.Name}.{draw}");
    }

    /// <summary>Whenever this one occurs, the other does too.</summary>
    public void AddFollower(InterferenceSource follower)
    {
        followers = [.. followers, follower];
        comesAlone = false;
        if (follower.IsAskedFor) activity.Begun += follower.ComeBeforeEnd;
    }

    void ITimelineTarget.Due(int tag)
    {
        switch (tag)
        {
            case Periodic when comesAlone:
                next.ScheduleAfter(intervals!.Next());
                Fire(isLast: true);
                break;
            case Periodic:
                next.ScheduleAfter(NextInterval());
                if (options.Phase is null) FireAndReschedule(isLast: true);
                else ComeAfter(options.Phase);
                break;
            case OneOff:
                if (++oneOffsDone < options.At.Count) once.Schedule(SimTime.Zero + options.At[oneOffsDone]);
                FireAndReschedule(isLast: true);
                break;
            case InBurst:
                if (--leftOfBurst > 0) inBurst.ScheduleAfter(gaps.Next());
                Fire(isLast: true);
                break;
            case Following:
                followingAt.Dequeue();
                if (followingAt.TryPeek(out var then, out _)) following.Schedule(then);
                FireAndReschedule(isLast: true);
                break;
            case AfterStop:
                var (count, end) = (heldUp, kernel.StoppedUntil);
                if (end is not null) afterStop.Schedule(end.Value);
                else for (heldUp = 0; count > 0; count--) Fire(isLast: false);
                break;
        }
    }

    // What it does, it does as the last of what the event does that runs, if there is nothing else.
    private void FireAndReschedule(bool isLast)
    {
        // A burst that comes during another makes it longer.
        leftOfBurst += options.Burst - 1;
        if (leftOfBurst > 0 && !inBurst.IsScheduled) inBurst.ScheduleAfter(gaps.Next());
        // Drawn before the ISR begins, which may be at once.
        foreach (var follower in followers)
            if (follower.IsAskedFor) follower.ComeAfter(follower.options.BeforeEnd);
        Fire(isLast);
        foreach (var follower in followers)
            if (!follower.IsAskedFor) follower.ComeAfter(follower.options.Delay);
    }

    private Duration NextInterval()
    {
        isInBurst = options.BurstBegins > 0 && bursts.NextDouble() < (isInBurst ? options.BurstGoesOn : options.BurstBegins);
        return isInBurst ? gaps.Next() : intervals!.Next();
    }

    private bool IsAskedFor => options.BeforeEnd is not null;

    // Whether and when it does is drawn each time, so that the next time does not depend on this one.
    private void ComeAfter(Distribution? after)
    {
        var occurs = options.Chance >= 1 || chances.NextDouble() < options.Chance;
        var delay = after?.Draw(delays) ?? Duration.Zero;
        // By the other one's ISR, once that runs. An interrupt that finds one waiting collapses with it.
        if (IsAskedFor) asked ??= (occurs, delay);
        else if (occurs && delay == Duration.Zero) FireAndReschedule(isLast: false);
        else if (occurs) FireAfter(delay);
    }

    private void ComeBeforeEnd(Duration isr)
    {
        if (asked is (true, var beforeEnd)) FireAfter(isr > beforeEnd ? isr - beforeEnd : Duration.Zero);
        asked = null;
    }

    private void FireAfter(Duration delay)
    {
        var at = kernel.Timeline.Now + delay;
        followingAt.Enqueue(at, at.Nanoseconds);
        following.Schedule(followingAt.Peek());
    }

    private void Fire(bool isLast)
    {
        if (goesOnWhileStopped || kernel.StoppedUntil is not { } end)
        {
            activity.Fire(isLast && followers.Length == 0);
            return;
        }
        heldUp++;
        if (!afterStop.IsScheduled) afterStop.Schedule(end);
    }
}
