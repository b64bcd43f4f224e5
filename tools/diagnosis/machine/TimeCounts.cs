using System.Numerics;
using Pcie.Time;

namespace Pcie.Diagnosis.Machine;

/// <summary>
/// How often which time came: exact up to 2 µs, to three digits above, as in an HDR histogram. Takes sixteen bytes for each that is told apart, so
/// that thousands of sources with a few times each take no more than these.
/// </summary>
public sealed class TimeCounts
{
    /// <summary>Nothing longer is told apart.</summary>
    public static readonly Duration Longest = Duration.FromSeconds(3_600);

    // Times are told apart by their first so many bits.
    private const int Bits = 11;

    // The least time of each step, rising, and how often it came.
    private long[] steps = [], counts = [];
    private int used;

    public long Count { get; private set; }

    /// <summary>Exactly.</summary>
    public Duration Max { get; private set; }

    /// <summary>In nanoseconds; 0 if there is none.</summary>
    public double Mean
    {
        get
        {
            var sum = 0.0;
            for (var i = 0; i < used; i++) sum += (double)counts[i] * Middle(steps[i]);
            return Count == 0 ? 0 : sum / Count;
        }
    }

    /// <summary>How many were up to so long, and longer than the one before.</summary>
    public IEnumerable<(Duration UpTo, long Count)> Steps
    {
        get
        {
            for (var i = 0; i < used; i++) yield return (new Duration(Highest(steps[i])), counts[i]);
        }
    }

    /// <summary>The same by the least time of each step.</summary>
    public IEnumerable<(Duration From, long Count)> StepsFrom
    {
        get
        {
            for (var i = 0; i < used; i++) yield return (new Duration(steps[i]), counts[i]);
        }
    }

    public void Add(Duration time, long count = 1)
    {
        var nanoseconds = Math.Clamp(time.Nanoseconds, 0, Longest.Nanoseconds);
        var step = nanoseconds >> ShiftOf(nanoseconds) << ShiftOf(nanoseconds);
        var at = Array.BinarySearch(steps, 0, used, step);
        if (at < 0) Insert(at = ~at, step);
        counts[at] += count;
        Count += count;
        if (time > Max) Max = time;
    }

    public void Add(TimeCounts other)
    {
        for (var i = 0; i < other.used; i++) Add(new Duration(other.steps[i]), other.counts[i]);
        if (other.Max > Max) Max = other.Max;
    }

    /// <summary>The times below a limit, and the others.</summary>
    /// <param name="limit">Of at most three digits in twos: a step begins with it.</param>
    public (TimeCounts Below, TimeCounts From) SplitAt(Duration limit)
    {
        var (below, from) = (new TimeCounts(), new TimeCounts());
        for (var i = 0; i < used; i++) (steps[i] < limit.Nanoseconds ? below : from).Add(new Duration(steps[i]), counts[i]);
        if (from.Count > 0) from.Max = Max;
        return (below, from);
    }

    /// <summary>The longest time that is told apart from the one of which so many are at most as long; zero if there is none.</summary>
    /// <param name="percent">0 to 100.</param>
    public Duration HighestAt(double percent) => new(used == 0 ? 0 : Highest(StepAt(percent)));

    /// <summary>The same to three digits, as a person reads it: whole microseconds stay whole.</summary>
    public Duration Percentile(double percent)
    {
        if (used == 0) return Duration.Zero;
        var value = Middle(StepAt(percent));
        var unit = 1L;
        while (value / unit >= 1000) unit *= 10;
        return new(Math.Min((value + unit / 2) / unit * unit, Max.Nanoseconds));
    }

    private long StepAt(double percent)
    {
        var wanted = Math.Max(1, (long)(Math.Min(percent, 100) / 100 * Count + 0.5));
        var (at, seen) = (0, counts[0]);
        while (seen < wanted && at < used - 1) seen += counts[++at];
        return steps[at];
    }

    private void Insert(int at, long step)
    {
        if (used == steps.Length)
        {
            Array.Resize(ref steps, Math.Max(4, 2 * used));
            Array.Resize(ref counts, steps.Length);
        }
        Array.Copy(steps, at, steps, at + 1, used - at);
        Array.Copy(counts, at, counts, at + 1, used - at);
        (steps[at], counts[at]) = (step, 0);
        used++;
    }

    private static int ShiftOf(long nanoseconds) => Math.Max(0, 64 - Bits - BitOperations.LeadingZeroCount((ulong)nanoseconds));

    private static long Highest(long step) => step + (1L << ShiftOf(step)) - 1;

    private static long Middle(long step) => step + (1L << ShiftOf(step) >> 1);
}
