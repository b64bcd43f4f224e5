using Pcie.Diagnosis.Machine;
using Pcie.Time;

namespace Pcie.Diagnosis.Calibration;

/// <summary>
/// Finds sources that tick in step, on one processor or on several: their times, counted from the multiples of one period, lie together and do not
/// drift.
/// </summary>
internal static class Beats
{
    /// <summary>So many times of a source are looked at, its first.</summary>
    public const int MostTimes = 512;

    // Of fewer times a few may lie together by chance; of more sources not all pairs are compared.
    private const int FewestTimes = 20, MostSources = 200;

    // Of the times so many lie in so much of the period. By chance no twenty ever do.
    private const double Share = 0.8, Window = 0.05;

    // Two periods are one, and two times lie a whole number of them apart, if they do by this much.
    private const double Near = 0.05;

    // Finer no recording of Linux tells.
    private const double Resolution = 1_000;

    /// <param name="sources">The busiest first.</param>
    public static void Find(IEnumerable<SourceMeasurement> sources)
    {
        var left = sources.Where(source => source.Cause is null && source.Times.Count >= FewestTimes).Take(MostSources)
            .OrderByDescending(source => source.Times.Count).ThenBy(source => source.Name, StringComparer.Ordinal)
            .ThenBy(source => source.Processor).Select(source => (Source: source, Period: PeriodOf(source.Times))).ToList();
        while (left is [var leader, ..])
        {
            left.RemoveAt(0);
            if (leader.Period * Window < Resolution) continue;
            if (PhaseOf(leader.Source, leader.Period, leader.Source.Times[0].Nanoseconds) is not { } own) continue;
            var origin = leader.Source.Times[0].Nanoseconds + own;
            var group = left.Where(one => Math.Abs(one.Period / leader.Period - 1) < Near)
                .Select(one => (one.Source, Begin: PhaseOf(one.Source, leader.Period, origin))).Where(one => one.Begin is not null)
                .Select(one => (one.Source, Begin: one.Begin!.Value)).Append((leader.Source, Begin: 0.0)).OrderBy(one => one.Begin).ToList();
            if (group.Count == 1) continue;
            // From the first after the longest pause, a little before it, so that phases are short and told finely.
            var first = Enumerable.Range(0, group.Count).MaxBy(
                i => Rest(group[i].Begin - group[(i + group.Count - 1) % group.Count].Begin, leader.Period));
            origin += group[first].Begin - Window / 5 * leader.Period;
            foreach (var (source, begin) in group) source.Beat = Of(source, leader.Period, origin, Rest(begin - group[first].Begin, leader.Period));
            left.RemoveAll(one => one.Source.Beat is not null);
        }
    }

    private static Beat Of(SourceMeasurement source, double period, double origin, double phase)
    {
        var phases = new TimeCounts();
        foreach (var time in source.Times) phases.Add(new Duration((long)(phase + Rest(time.Nanoseconds - origin - phase, period))));
        return new Beat(new Duration((long)Math.Round(period)), Math.Min(1, source.Count * period / source.Observed.Nanoseconds))
        {
            Phases = phases,
        };
    }

    // In nanoseconds: the usual interval, then the mean of those that are nearly a whole number of it, and then what leaves no drift.
    private static double PeriodOf(IReadOnlyList<SimTime> times)
    {
        var period = (double)Math.Max(1, times.Zip(times.Skip(1), (one, next) => (next - one).Nanoseconds).Order().ElementAt(times.Count / 2));
        var whole = times.Zip(times.Skip(1), (one, next) => (next - one).Nanoseconds / period)
            .Where(many => many > 0.5 && Math.Abs(many - Math.Round(many)) < Near).ToList();
        period *= whole.Sum() / whole.Sum(many => Math.Round(many));
        var apart = (times[^1] - times[0]).Nanoseconds / 2.0;
        for (var i = 0; i < 3; i++) period += DriftOf(times, period, times[0].Nanoseconds).Drift * period / apart;
        return period;
    }

    // How long after the multiples the times begin to lie together; null if they do not, or if they drift.
    private static double? PhaseOf(SourceMeasurement source, double period, double origin)
    {
        var (begin, most, spread, drift) = DriftOf(source.Times, period, origin);
        return most >= Share * source.Times.Count && Math.Abs(drift) <= spread + Resolution ? begin : null;
    }

    // After which time since the multiples most lie together, and how many; of these how far the middle half of the first of them is spread, and how
    // much later the last ones come. By medians, since a few come at any time.
    private static (double Begin, int Count, double Spread, double Drift) DriftOf(IReadOnlyList<SimTime> times, double period, double origin)
    {
        var (begin, count) = BeginOf(times, period, origin);
        var together = times.Select(time => Rest(time.Nanoseconds - origin - begin, period)).Where(phase => phase <= Window * period).ToList();
        var half = together.Count / 2;
        var (early, late) = (together.Take(half).Order().ToList(), together.Skip(half).Order().ToList());
        return half == 0 ? (begin, count, 0, 0)
            : (begin, count, early[3 * half / 4] - early[half / 4], late[late.Count / 2] - early[half / 2]);
    }

    // After which time since the multiples most lie together, and how many.
    private static (double Begin, int Count) BeginOf(IReadOnlyList<SimTime> times, double period, double origin)
    {
        var phases = times.Select(time => Rest(time.Nanoseconds - origin, period)).Order().ToList();
        phases.AddRange([.. phases.Select(phase => phase + period)]);
        var (most, at) = (0, 0);
        for (int from = 0, to = 0; from < times.Count; from++)
        {
            while (to < phases.Count && phases[to] <= phases[from] + Window * period) to++;
            if (to - from > most) (most, at) = (to - from, from);
        }
        return (phases[at], most);
    }

    private static double Rest(double time, double period) => time - Math.Floor(time / period) * period;
}
