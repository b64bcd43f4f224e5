using Pcie.Time;

namespace Pcie.Diagnosis.Calibration;

/// <summary>
/// When two sources began, one of which may follow the other. What chance makes is what is seen if the other's times are moved a little earlier or
/// later, and what comes before them: so neither bursts of one nor a load that rises and falls with both is taken for one following the other.
/// </summary>
internal sealed class PairedTimes
{
    /// <summary>Each so many parts of a recording has its own say, which is how far apart they are by chance.</summary>
    public const int Parts = 32;

    // By more than is looked at, and no multiple of anything, earlier and later.
    private const long FirstShift = 17_000_000, NextShift = 2_618_034;
    private const int Shifts = 8;

    private readonly BeginningLog log;
    private readonly IReadOnlyList<(SimTime From, SimTime To)>[] gaps;
    private readonly long[] shifts;
    private readonly int[][] firsts;

    public PairedTimes(BeginningLog log, SourceMeasurement leader, long[] leaderTimes, SourceMeasurement follower, long[] followerTimes)
    {
        (this.log, Leader, LeaderTimes, Follower, FollowerTimes) = (log, leader, leaderTimes, follower, followerTimes);
        gaps = [.. new[] { leader.Processor, follower.Processor }.Distinct().Select(log.GapsOf).Where(some => some.Count > 0)];
        shifts = [0, .. Enumerable.Range(0, Shifts).Select(i => (FirstShift + i * NextShift) * (i % 2 == 0 ? 1 : -1))];
        firsts = [.. shifts.Select(FirstsFrom)];
    }

    public SourceMeasurement Leader { get; }
    public SourceMeasurement Follower { get; }

    /// <summary>In nanoseconds, rising.</summary>
    public long[] LeaderTimes { get; }

    /// <inheritdoc cref="LeaderTimes"/>
    public long[] FollowerTimes { get; }

    /// <summary>
    /// How often the follower came within a time after the leader, on average, and how often by chance: what comes after the leader's moved times, or
    /// as long before it if that is more. And by how many standard deviations more, which the recording's parts tell, as far as they differ more than
    /// independent draws do.
    /// </summary>
    public (double Seen, double ByChance, double Deviation) Within(long window)
    {
        var n = LeaderTimes.Length;
        var (after, before, moved, movedBy) = (new int[n], new int[n], new int[n], new int[n]);
        for (var shift = 0; shift < shifts.Length; shift++)
        {
            var (begin, end) = (0, 0);
            for (var i = 0; i < n; i++)
            {
                var (at, first) = (LeaderTimes[i] + shifts[shift], firsts[shift][i]);
                while (end < FollowerTimes.Length && FollowerTimes[end] < at + window) end++;
                if (!IsKnown(at, window)) continue;
                if (shift > 0) (moved[i], movedBy[i]) = (moved[i] + end - first, movedBy[i] + 1);
                else if (IsKnown(at - window, window))
                {
                    while (FollowerTimes.Length > begin && FollowerTimes[begin] < at - window) begin++;
                    (after[i], before[i]) = (end - first + 1, first - begin);
                }
            }
        }
        var known = Enumerable.Range(0, n).Where(i => after[i] > 0 && movedBy[i] > 0).ToList();
        if (known.Count < Parts) return (0, 0, 0);
        var seen = known.Average(i => after[i] - 1.0);
        var byShift = known.Average(i => (double)moved[i] / movedBy[i]);
        var deviation = Math.Min(DeviationOf(known, after, i => (double)moved[i] / movedBy[i]), DeviationOf(known, after, i => before[i]));
        return (seen, Math.Max(byShift, known.Average(i => before[i])), deviation);
    }

    private static double DeviationOf(List<int> known, int[] after, Func<int, double> chance)
    {
        var (sums, sum, squares) = (new double[Parts], 0.0, 0.0);
        for (var i = 0; i < known.Count; i++)
        {
            var one = after[known[i]] - 1.0;
            sums[(long)i * Parts / known.Count] += one - chance(known[i]);
            (sum, squares) = (sum + one, squares + one * one);
        }
        double n = known.Count;
        var (mean, part) = (sum / n, sums.Sum() / Parts);
        // One more that came and one that did not: of few that all came, it is not known that all do.
        var own = Math.Max(squares / n - mean * mean, (sum + 1) / (n + 2) / (n + 2));
        var variance = Math.Max(sums.Sum(one => (one - part) * (one - part)) / (Parts - 1), n / Parts * own);
        return part / Math.Sqrt(variance / Parts);
    }

    /// <summary>Whether both processors were recorded from then on for so long.</summary>
    public bool IsKnown(long from, long length)
    {
        if (from < log.Begin.Nanoseconds || from + length > log.End.Nanoseconds) return false;
        foreach (var some in gaps)
        {
            var (low, high) = (0, some.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (some[middle].To.Nanoseconds <= from) low = middle + 1;
                else high = middle;
            }
            if (low < some.Count && some[low].From.Nanoseconds <= from + length) return false;
        }
        return true;
    }

    // Of each time of the leader, moved, the first of the follower from then on.
    private int[] FirstsFrom(long shift)
    {
        var (first, next) = (new int[LeaderTimes.Length], 0);
        for (var i = 0; i < first.Length; i++)
        {
            while (next < FollowerTimes.Length && FollowerTimes[next] < LeaderTimes[i] + shift) next++;
            first[i] = next;
        }
        return first;
    }
}
