using Pcie.Diagnosis.Machine;
using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.Diagnosis.Calibration;

/// <summary>
/// Tells the occurrences of a source that follow another one from those that come by themselves: the rate of the first after each of the other's
/// occurrences, and that of the second, by maximum likelihood (expectation maximisation); then each is drawn to be the one or the other with the
/// probability that these give (stochastic declustering: Zhuang, Ogata and Vere-Jones 2002).
/// </summary>
internal static class Declustering
{
    private const int MostSteps = 32, FewestSteps = 4, Rounds = 60;

    // Standard deviations of what chance makes: of some thirty steps none is passed by it.
    private const double Sure = 4;

    // Each occurrence may follow so many: of more, the last.
    private const int MostLeaders = 64;

    /// <param name="window">In nanoseconds: what comes later follows nothing.</param>
    public static Following Of(BeginningLog log, PairedTimes pair, long window)
    {
        var candidates = CandidatesOf(pair, window);
        var (seen, byChance, _) = pair.Within(window);
        // As many steps as there are occurrences to fill them.
        var steps = (int)Math.Clamp(Math.Sqrt(pair.LeaderTimes.Length * Math.Max(0, seen - byChance)), FewestSteps, MostSteps);
        var length = Math.Max(1.0, (log.End - log.Begin).Nanoseconds);
        var step = (double)window / steps;
        // What is expected in a step after one of the leader's, and of the others in as long a time.
        var follow = Enumerable.Repeat(Math.Max(0.01, seen - byChance) / steps, steps).ToArray();
        var own = pair.FollowerTimes.Length / length * step / 2;
        for (var round = 0; round < Rounds; round++)
        {
            var (next, alone) = (new double[steps], 0.0);
            foreach (var delays in candidates)
            {
                var all = own;
                foreach (var delay in delays) all += follow[StepOf(delay)];
                alone += own / all;
                foreach (var delay in delays) next[StepOf(delay)] += follow[StepOf(delay)] / all;
            }
            for (var i = 0; i < steps; i++) follow[i] = next[i] / pair.LeaderTimes.Length;
            own = Math.Max(1e-9, alone / length * step);
            if (round != Rounds / 2) continue;
            // What is no more than chance makes of the others is theirs.
            var chance = Math.Sqrt(own / pair.LeaderTimes.Length);
            for (var i = 0; i < steps; i++) if (follow[i] < Sure * chance) follow[i] = 0;
        }
        var random = new RandomStream(1, $"following.{pair.Follower.Name}.{pair.Follower.Processor}");
        var (alones, told) = (new List<long>(), new TimeCounts());
        for (var i = 0; i < candidates.Count; i++)
        {
            var left = random.NextDouble() * (own + candidates[i].Sum(delay => follow[StepOf(delay)])) - own;
            if (left < 0)
            {
                alones.Add(pair.FollowerTimes[i]);
                continue;
            }
            var at = 0;
            while (at < candidates[i].Length - 1 && (left -= follow[StepOf(candidates[i][at])]) >= 0) at++;
            told.Add(new Duration(candidates[i][at]));
        }
        var following = new Following(pair.Leader, Math.Min(1, follow.Sum()), new Duration(window), seen, byChance) { Delays = told };
        following.Measure(alones, log.Begin, log.End, log.GapsOf(pair.Follower.Processor));
        return following;

        int StepOf(long delay) => (int)(delay / step);
    }

    // Of each occurrence: how long after those of the leader that it may follow.
    private static List<long[]> CandidatesOf(PairedTimes pair, long window)
    {
        var (candidates, first) = (new List<long[]>(), 0);
        foreach (var time in pair.FollowerTimes)
        {
            while (first < pair.LeaderTimes.Length && pair.LeaderTimes[first] <= time - window) first++;
            var end = first;
            while (end < pair.LeaderTimes.Length && pair.LeaderTimes[end] <= time) end++;
            candidates.Add([.. pair.LeaderTimes[Math.Max(first, end - MostLeaders)..end].Select(leader => time - leader)
                .Where(delay => pair.IsKnown(time - delay, delay))]);
        }
        return candidates;
    }
}
