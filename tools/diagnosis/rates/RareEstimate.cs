using Pcie.Time;

namespace Pcie.Diagnosis.Rates;

/// <summary>
/// How many chunks a design loses a day: rare things are made to occur often and count for as many as they really are, and what is left of the time
/// is a stratum of its own. docs/diagnosis.md derives it.
/// </summary>
public sealed record RareEstimate
{
    private readonly IReadOnlyList<RareSample> samples;
    private readonly IReadOnlyList<ClusterResult>[] results;
    private readonly double?[] proven;
    private readonly double restShare;

    // The most that was lost at once in each stratum, of this design and the one that it is compared with, and in the rest; at least 1.
    private readonly long[] largest;
    private readonly long largestOfRest;

    private RareEstimate(RareSetting setting, IReadOnlyList<RareSample> samples, RareEstimate? beside)
    {
        (Strata, restShare, this.samples) = (setting.Strata, setting.RestShare, samples);
        results = [.. Strata.Select((_, i) => (IReadOnlyList<ClusterResult>)[.. samples.SelectMany(sample => sample.Strata[i])])];
        // What lost something all the same is counted.
        proven = [.. results.Select((all, i) => all.Any(result => result.Lost > 0) ? null
            : samples.Max(sample => sample.ProvenStrata.Count > i ? sample.ProvenStrata[i] : null))];
        largest = [.. results.Select((all, i) => all.Select(result => result.Lost).Append(beside?.largest[i] ?? 1).Max())];
        largestOfRest = samples.SelectMany(sample => sample.RestLost).Append(beside?.largestOfRest ?? 1).Max();
    }

    public IReadOnlyList<RareStratum> Strata { get; }

    /// <summary>Simulated without anything rare.</summary>
    public Duration Rest => new(samples.Sum(sample => sample.Rest.Nanoseconds));

    /// <summary>How often something was lost in it.</summary>
    public int RestLosses => samples.Sum(sample => sample.RestLost.Count);

    public RestBasis RestBasis { get; private init; }

    /// <summary>Of the rest alone.</summary>
    public LossRate RestRate { get; private init; }

    /// <summary>All strata and the rest.</summary>
    public LossRate Total { get; private init; }

    /// <summary>Of the strata alone that were counted.</summary>
    public LossRate Counted => LossRate.Of(Events(), Heaviest(0));

    /// <summary>What is proven of strata and rest, together: not more a day.</summary>
    public double ProvenPerDay => proven.Sum(bound => bound ?? 0) + (RestBasis == RestBasis.Proven ? RestRate.High : 0);

    /// <summary>How often all strata were made to occur.</summary>
    public int Occurrences => results.Sum(result => result.Count);

    /// <summary>How many days a plain simulation takes for an interval as narrow: of the strata, which are what is rare.</summary>
    public double Days
    {
        get
        {
            var (once, twice) = (0.0, 0.0);
            for (var i = 0; i < results.Length; i++)
            {
                var squares = results[i].Sum(result => (double)result.Lost * result.Lost);
                (once, twice) = (once + Weight(i) * squares, twice + Weight(i) * Weight(i) * squares);
            }
            return twice > 0 ? once / twice : 1 / Unproven.Select(Weight).DefaultIfEmpty(Enumerable.Range(0, results.Length).Min(Weight)).Max();
        }
    }

    /// <summary>Occurrences of each stratum, in how many something was lost, what it comes to, and what that rests on.</summary>
    public IEnumerable<(RareStratum Stratum, int Occurrences, int WithLoss, LossRate Rate, RestBasis Basis)> Parts => Strata.Select((stratum, i) =>
        (stratum, results[i].Count, results[i].Count(result => result.Lost > 0),
            proven[i] is { } bound ? new LossRate(0, 0, bound) : LossRate.Of(Events(i), Weight(i) * largest[i]),
            proven[i] is null ? RestBasis.Counted : RestBasis.Proven));

    /// <param name="deadline">How long a wait may be; zero if unknown.</param>
    /// <param name="beside">The design that it is compared with, which may show what a loss costs; null for none.</param>
    public static RareEstimate Of(RareSetting setting, IReadOnlyList<RareSample> samples, Duration deadline, RareEstimate? beside)
    {
        var estimate = new RareEstimate(setting, samples, beside);
        var (basis, rest) = estimate.OfRest(deadline, samples.Max(sample => sample.Proven));
        var isCounted = basis is RestBasis.Counted or RestBasis.NoneSeen;
        var counted = !isCounted ? estimate.Counted
            : LossRate.Of(estimate.Events().Concat(estimate.RestEvents()), estimate.Heaviest(estimate.RestWeight * estimate.largestOfRest));
        var sure = estimate.proven.Sum(bound => bound ?? 0);
        return estimate with
        {
            RestBasis = basis, RestRate = rest,
            Total = isCounted ? counted with { High = counted.High + sure }
                : new LossRate(counted.PerDay + rest.PerDay, counted.Low + rest.Low, counted.High + rest.High + sure),
        };
    }

    /// <summary>How many occurrences a day bring a wait that is longer, and how many such were seen.</summary>
    public (LossRate Rate, int Seen) Longer(Duration wait)
    {
        var longer = Enumerable.Range(0, results.Length)
            .SelectMany(i => Enumerable.Repeat(Weight(i), results[i].Count(result => result.Longest > wait)));
        var rest = samples.Sum(sample => sample.RestWaits.Count(one => one > wait));
        var all = longer.Concat(Enumerable.Repeat(RestWeight, rest)).ToList();
        var unseen = Enumerable.Range(0, results.Length).Max(Weight);
        return (LossRate.Of(all, rest > 0 ? Math.Max(unseen, RestWeight) : unseen), all.Count);
    }

    /// <summary>The estimate of another design beside this one: in how many occurrences it lost less, and in how many more.</summary>
    public (int Better, int Worse) Against(RareEstimate other)
    {
        var pairs = results.Zip(other.results).SelectMany(both => both.First.Zip(both.Second)).ToList();
        return (pairs.Count(pair => pair.First.Lost < pair.Second.Lost), pairs.Count(pair => pair.First.Lost > pair.Second.Lost));
    }

    private double RestWeight => restShare / (Rest.Nanoseconds / 86_400e9);

    private double Weight(int stratum) => results[stratum].Count == 0 ? 0 : Strata[stratum].PerDay / results[stratum].Count;

    private IEnumerable<int> Unproven => Enumerable.Range(0, results.Length).Where(i => proven[i] is null);

    private double Heaviest(double rest) => Unproven.Select(i => Weight(i) * largest[i]).Append(rest).Max();

    private IEnumerable<double> Events() => Enumerable.Range(0, results.Length).SelectMany(Events);

    private IEnumerable<double> Events(int stratum) =>
        results[stratum].Where(result => result.Lost > 0).Select(result => Weight(stratum) * result.Lost);

    private IEnumerable<double> RestEvents() => samples.SelectMany(sample => sample.RestLost).Select(lost => RestWeight * lost);

    private (RestBasis Basis, LossRate Rate) OfRest(Duration deadline, double? proven)
    {
        if (RestEvents().Any()) return (RestBasis.Counted, LossRate.Of(RestEvents(), RestWeight * largestOfRest));
        if (proven is { } bound) return (RestBasis.Proven, new LossRate(0, 0, bound));
        var tail = TailModel.Of(samples.Select(sample => sample.RestWaits), Rest);
        return deadline > Duration.Zero && tail.IsFitted && tail.Beyond(deadline) is { High: > 0 } fitted
            ? (RestBasis.Fitted, fitted)
            : (RestBasis.NoneSeen, LossRate.Of([], RestWeight * largestOfRest));
    }
}
