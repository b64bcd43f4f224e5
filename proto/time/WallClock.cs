using System.Diagnostics;

namespace Pcie.Time;

/// <summary>Wall time as simulated time, for wall-clock pacing: starts at zero, runs at a scale of the machine's monotonic clock.</summary>
/// <param name="scale">Simulated seconds per wall second, above zero.</param>
public sealed class WallClock(double scale = 1)
{
    private readonly long start = Stopwatch.GetTimestamp();

    /// <summary>The simulated time that ought to be now.</summary>
    public SimTime Now => new((long)(Stopwatch.GetElapsedTime(start).TotalNanoseconds * scale));

    /// <summary>How long to wait for a simulated time: never negative, and a day at most.</summary>
    public TimeSpan Until(SimTime time)
    {
        // To ask the clock costs as much as a frame through shared memory.
        if (time == SimTime.Never) return TimeSpan.FromDays(1);
        var ahead = (time.Nanoseconds - Now.Nanoseconds) / scale;
        return ahead <= 0 ? TimeSpan.Zero : TimeSpan.FromTicks((long)Math.Min(ahead / 100, TimeSpan.TicksPerDay));
    }
}
