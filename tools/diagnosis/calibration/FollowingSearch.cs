using MathNet.Numerics.Distributions;
using Pcie.Playback;

namespace Pcie.Diagnosis.Calibration;

/// <summary>Finds sources of which one comes soon after another more often than by chance.</summary>
internal static class FollowingSearch
{
    // Of fewer occurrences there is nothing to tell; of more sources not all pairs are compared.
    private const int Fewest = 32, MostSources = 100;

    // In nanoseconds the powers of two from 1 µs to 8 ms.
    private const int Shortest = 10, Longest = 23;

    // The probability that chance alone makes any one of all pairs and windows stand out.
    private const double FalseAlarm = 0.001;

    // Of what the other one does, or of what it does itself: less changes no wait that is told.
    private const double LeastShare = 0.1;

    // From one to the next hardly different: a clock of its own.
    private const double Clocked = 1.02;

    // Two that lead as well as each other: the one that asks for the other is meant.
    private const double AsGood = 0.95;

    /// <param name="sources">The busiest first.</param>
    public static void Find(IReadOnlyList<SourceMeasurement> sources, BeginningLog log)
    {
        var all = sources.Where(source => source.Kind is IntervalKind.Isr or IntervalKind.Dpc or IntervalKind.TimerDpc or IntervalKind.ThreadedDpc)
            .Take(MostSources).Select(source => (Source: source, Times: log.TimesOf(source))).Where(one => one.Times.Length >= Fewest).ToList();
        var followers = all.Where(one => one.Source.Cause is null && one.Source.Beat is null && !IsClocked(one.Times)).ToList();
        var tests = followers.Count * (all.Count - 1) * (Longest - Shortest + 1);
        if (tests <= 0) return;
        var limit = StudentT.InvCDF(0, 1, PairedTimes.Parts - 1, 1 - FalseAlarm / tests);
        var found = new List<(SourceMeasurement Leader, SourceMeasurement Follower, long Window, double Follow)>();
        foreach (var leader in all)
        {
            foreach (var follower in followers.Where(one => one.Source != leader.Source))
            {
                var pair = new PairedTimes(log, leader.Source, leader.Times, follower.Source, follower.Times);
                var (surest, best) = (limit, (Window: 0L, Follow: 0.0));
                for (var power = Shortest; power <= Longest; power++)
                {
                    var (seen, byChance, deviation) = pair.Within(1L << power);
                    var follow = (seen - byChance) * leader.Times.Length;
                    if (follow < LeastShare * Math.Min(leader.Times.Length, follower.Times.Length) || deviation <= surest) continue;
                    (surest, best) = (deviation, (1L << power, follow));
                }
                if (best.Window > 0) found.Add((leader.Source, follower.Source, best.Window, best.Follow));
            }
        }
        var times = all.ToDictionary(one => one.Source, one => one.Times);
        // The strongest first. What leads may follow another one itself, but not in a circle.
        while (found.Count > 0)
        {
            var most = found.Max(pair => pair.Follow);
            var best = found.Where(pair => pair.Follow >= AsGood * most).OrderBy(pair => pair.Leader.Cause is not null)
                .ThenByDescending(pair => pair.Follow).First();
            found.Remove(best);
            if (LeadsTo(best.Follower, best.Leader)) continue;
            found.RemoveAll(pair => pair.Follower == best.Follower);
            var pairedTimes = new PairedTimes(log, best.Leader, times[best.Leader], best.Follower, times[best.Follower]);
            // The surest window ends where most are that follow, and before the last of them.
            best.Follower.Following = Declustering.Of(log, pairedTimes, 2 * best.Window);
        }
    }

    private static bool IsClocked(long[] times)
    {
        var intervals = times.Zip(times.Skip(1), (one, next) => next - one).Order().ToList();
        return intervals[intervals.Count * 9 / 10] <= Clocked * intervals[intervals.Count / 10];
    }

    // Whether the one brings the other along, by whatever way.
    private static bool LeadsTo(SourceMeasurement one, SourceMeasurement other)
    {
        for (var source = other; source is not null; source = source.Cause ?? source.Following?.Leader)
            if (source == one) return true;
        return false;
    }
}
