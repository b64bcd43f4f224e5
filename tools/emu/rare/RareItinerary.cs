using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.Emu.Rare;

/// <summary>When what is rare occurs in a run: clusters of a stratum, each in a window of its own.</summary>
internal sealed class RareItinerary
{
    private readonly Dictionary<string, List<Duration>> times;
    private readonly List<(SimTime Begin, SimTime Last, SimTime End)> clusters = [];

    /// <param name="single">Occurs by itself; null for any of them.</param>
    /// <param name="together">How many occur within a window of each other.</param>
    /// <param name="count">Clusters.</param>
    public RareItinerary(RarePlan plan, RareSource? single, int together, int count, ulong seed)
    {
        var random = new RandomStream(seed, "rare.occurrences");
        times = plan.Sources.ToDictionary(source => source.Name, _ => new List<Duration>());
        var (window, at) = (plan.Window.Nanoseconds, plan.Window.Nanoseconds);
        for (var i = 0; i < count; i++)
        {
            var begin = at;
            Add(at);
            for (var more = 1; more < together; more++) Add(at += 1 + random.NextInt64(window));
            clusters.Add((new SimTime(begin), new SimTime(at), new SimTime(at + window)));
            // Of any place in what is periodic.
            at += window + random.NextInt64(window / 2 + 1);
        }
        Length = new Duration(at);

        RareSource AnySource()
        {
            var left = random.NextDouble() * plan.PerDay;
            foreach (var source in plan.Sources)
                if ((left -= source.PerDay) < 0) return source;
            return plan.Sources[^1];
        }

        void Add(long time) => times[(single ?? AnySource()).Name].Add(new Duration(time));
    }

    public Duration Length { get; }
    public int Count => clusters.Count;

    public IReadOnlyList<Duration> TimesOf(string source) => times[source];

    /// <summary>Which cluster's window a time lies in, and whether in its last half; null if in none.</summary>
    public (int Cluster, bool IsLate)? At(SimTime time)
    {
        var (low, high) = (0, clusters.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (clusters[middle].Begin <= time) low = middle + 1;
            else high = middle;
        }
        if (low == 0 || time >= clusters[low - 1].End) return null;
        var (_, last, end) = clusters[low - 1];
        return (low - 1, time > last + new Duration((end - last).Nanoseconds / 2));
    }
}
