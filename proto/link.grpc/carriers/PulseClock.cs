namespace Pcie.Link.Grpc.Carriers;

/// <summary>
/// The system's clock, whose timers one thread of this process runs, one callback after the other: for those that are over at once. A thread of the
/// pool that has run one spins for a while before it sleeps, which is most of what an idle link would cost. All that are due at about the same time
/// are run by one waking: each is due at a multiple of its period, give or take an eighth of it.
/// </summary>
internal sealed class PulseClock : TimeProvider
{
    private readonly object gate = new();
    private readonly List<Pulse> pulses = [];
    private bool runs;

    private PulseClock()
    {
    }

    /// <summary>That of this process.</summary>
    public static PulseClock Shared { get; } = new();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var pulse = new Pulse(this, callback, state);
        pulse.Change(dueTime, period);
        return pulse;
    }

    private void Run()
    {
        while (true)
        {
            Pulse due;
            lock (gate)
            {
                if (pulses.MinBy(pulse => pulse.Due) is not { } next)
                {
                    runs = false;
                    return;
                }
                var now = Environment.TickCount64;
                // The clock is coarse: at the end of a wait it may not have come as far.
                if (next.Due - now > next.Period / 8)
                {
                    Monitor.Wait(gate, (int)Math.Min(next.Due - now, int.MaxValue));
                    continue;
                }
                due = next;
                // A process that was stopped does not make up for it.
                due.Due = MultipleAfter(Math.Max(due.Due, now), due.Period);
            }
            due.Fire();
        }
    }

    private static long MultipleAfter(long time, long period) => (time / period + 1) * period;

    private sealed class Pulse(PulseClock clock, TimerCallback callback, object? state) : ITimer
    {
        // By the system's clock that a process can look at for next to nothing (ms).
        public long Due { get; set; }

        public long Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock.gate)
            {
                Period = Math.Max(1, (long)period.TotalMilliseconds);
                Due = MultipleAfter(Environment.TickCount64 + (long)dueTime.TotalMilliseconds - Period, Period);
                if (!clock.pulses.Contains(this)) clock.pulses.Add(this);
                Monitor.Pulse(clock.gate);
                if (clock.runs) return true;
                clock.runs = true;
                new Thread(clock.Run) { IsBackground = true, Name = "link pulse" }.Start();
                return true;
            }
        }

        public void Dispose()
        {
            lock (clock.gate)
            {
                clock.pulses.Remove(this);
                Monitor.Pulse(clock.gate);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
