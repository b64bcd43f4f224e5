namespace Pcie.Link.Tests;

/// <summary>A clock that the test moves on, with the timers on it; they fire on the thread that does.</summary>
internal sealed class SteppedTime : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<Timer> timers = [];
    private TimeSpan now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        lock (gate) return now.Ticks;
    }

    /// <summary>Moves on, through every timer's due time on the way.</summary>
    public void Advance(TimeSpan by)
    {
        var until = now + by;
        while (NextDue(until) is { } timer) timer.Fire();
        lock (gate) now = until;
    }

    /// <summary>Moves on at once, as for a process that was stopped meanwhile: what is due fires once, or as often as said, in one go.</summary>
    public void Skip(TimeSpan by, int fires = 1)
    {
        Timer[] due;
        lock (gate)
        {
            now += by;
            due = [.. timers.Where(t => t.Due <= now)];
            foreach (var timer in due) Pass(timer, now);
        }
        for (var i = 0; i < fires; i++)
            foreach (var timer in due) timer.Fire();
    }

    private Timer? NextDue(TimeSpan until)
    {
        lock (gate)
        {
            var next = timers.MinBy(t => t.Due);
            if (next is null || next.Due > until) return null;
            now = next.Due;
            Pass(next, next.Due);
            return next;
        }
    }

    private void Pass(Timer timer, TimeSpan from)
    {
        if (timer.Period == Timeout.InfiniteTimeSpan) timers.Remove(timer);
        else timer.Due = from + timer.Period;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (gate)
        {
            var timer = new Timer(this, callback, state, period) { Due = now + dueTime };
            timers.Add(timer);
            return timer;
        }
    }

    private sealed class Timer(SteppedTime time, TimerCallback callback, object? state, TimeSpan period) : ITimer
    {
        public TimeSpan Due { get; set; }

        public TimeSpan Period => period;

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException("Nobody here changes a timer.");

        public void Dispose()
        {
            lock (time.gate) time.timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
