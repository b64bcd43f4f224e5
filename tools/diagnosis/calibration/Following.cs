using System.Globalization;
using Pcie.Diagnosis.Machine;
using Pcie.Time;

namespace Pcie.Diagnosis.Calibration;

/// <summary>A source comes soon after another one more often than by chance, though nobody tells that the one asks for the other.</summary>
/// <param name="Leader">The other one.</param>
/// <param name="Chance">With which probability it does, 0 to 1, without what comes by chance.</param>
/// <param name="Within">Until so long after the other one was looked.</param>
/// <param name="Seen">How often it came within that time after each of the other's occurrences, on average.</param>
/// <param name="ByChance">How often it would, if neither knew of the other: as after the same times moved a little.</param>
public sealed record Following(SourceMeasurement Leader, double Chance, Duration Within, double Seen, double ByChance)
{
    private readonly IntervalMeasurement own = new();

    /// <summary>How long after the other one it comes. Computed anew with each call.</summary>
    public QuantileFit FitDelays() => QuantileFit.Of(Delays);

    /// <summary>Of its occurrences without those that follow. Computed anew with each call.</summary>
    public QuantileFit FitOwnIntervals() => QuantileFit.Of(OwnIntervals);

    /// <summary>Occurrences that follow none, of those that were looked at.</summary>
    public long OwnCount { get; private set; }

    /// <summary>Mean time from one of them to the next.</summary>
    public Duration OwnMean { get; private set; }

    internal TimeCounts Delays { get; init; } = new();
    internal TimeCounts OwnIntervals => own.Intervals;

    /// <summary>How its own occurrences come in bursts; null if they do not. Computed anew with each call.</summary>
    internal BurstLaw? FindOwnBursts() => own.FindBursts();

    /// <param name="times">Of its own occurrences, rising.</param>
    internal void Measure(IEnumerable<long> times, SimTime begin, SimTime end, IReadOnlyList<(SimTime From, SimTime To)> gaps)
    {
        var (from, at, observed) = (begin, 0, end - begin);
        foreach (var gap in gaps) observed -= gap.To - gap.From;
        foreach (var time in times)
        {
            for (; at < gaps.Count && gaps[at].To.Nanoseconds <= time; at++)
            {
                own.End(gaps[at].From);
                from = gaps[at].To;
            }
            own.Add(from, new SimTime(time));
            OwnCount++;
        }
        own.End(at < gaps.Count ? gaps[at].From : end);
        observed = new Duration(Math.Max(1, observed.Nanoseconds));
        own.Close(observed);
        OwnMean = new Duration(Math.Max(1, observed.Nanoseconds / Math.Max(1, OwnCount)));
    }

    /// <summary>In words: how often it comes after the other one, and what of that follows.</summary>
    /// <param name="nameOf">What a source is called.</param>
    public string Describe(Func<SourceMeasurement, string> nameOf) => string.Create(CultureInfo.InvariantCulture,
        $"{Seen:0.##} times within {Within} after {nameOf(Leader)}, and {ByChance:0.##} times elsewhere: it follows with a chance of ")
        + string.Create(CultureInfo.InvariantCulture, $"{Chance:0.###}, {Delays.Percentile(50)} later (p50)");
}
