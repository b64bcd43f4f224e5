using Pcie.Diagnosis.Machine;
using Pcie.Time;

namespace Pcie.Diagnosis.Validation;

/// <summary>How long one source waited on one processor, measured and predicted.</summary>
public sealed record WaitComparison
{
    /// <summary>Of fewer runs the 99th percentile is one or none.</summary>
    public const int Enough = 100;

    /// <summary>A prediction is right if it is at most so many times too much or too little.</summary>
    public const double Factor = 1.5;

    /// <summary>A fit whose waits are farther (Kolmogorov-Smirnov) from those that it was calibrated on is none.</summary>
    public const double FarthestFit = 0.2;

    // Of n waits of one distribution the distance is greater than 1.63 / sqrt(n) in one case of a hundred (Smirnov).
    private const double ByChance = 1.63;

    public required string Source { get; init; }
    public required ushort Processor { get; init; }

    /// <summary>In the part of the recording that was not calibrated on.</summary>
    public required TimeCounts Measured { get; init; }

    /// <summary>Whether it ran in the part that was calibrated on.</summary>
    public required bool IsCalibrated { get; init; }

    /// <summary>In the part that was calibrated on.</summary>
    public required TimeCounts Calibrated { get; init; }

    /// <summary>In all simulated runs.</summary>
    public required TimeCounts Predicted { get; init; }

    /// <summary>The longest of each simulated run, each as long as the measured part; rising.</summary>
    public required IReadOnlyList<Duration> PredictedMax { get; init; }

    /// <summary>How finely the recording's clock tells time.</summary>
    public required Duration Resolution { get; init; }

    public bool IsJudged => Measured.Count >= Enough;

    /// <summary>The quantiles that are compared, by name.</summary>
    public IEnumerable<(string Name, Duration Measured, Duration Predicted, Duration Calibrated)> Quantiles =>
    [
        ("p50", Measured.Percentile(50), Predicted.Percentile(50), Calibrated.Percentile(50)),
        ("p90", Measured.Percentile(90), Predicted.Percentile(90), Calibrated.Percentile(90)),
        ("p99", Measured.Percentile(99), Predicted.Percentile(99), Calibrated.Percentile(99)),
        ("max", Measured.Max, PredictedMax.Count == 0 ? Duration.Zero : PredictedMax[PredictedMax.Count / 2], Calibrated.Max),
    ];

    public WaitOutcome Outcome => !IsJudged ? WaitOutcome.NotJudged : !IsFit ? WaitOutcome.NoFit
        : Failures.Count == 0 ? WaitOutcome.Right : WaitOutcome.NotRight;

    /// <summary>
    /// How far the predicted waits are from those of the part that was calibrated on (Kolmogorov-Smirnov); null if there are none of either.
    /// </summary>
    public double? OwnDistance => Calibrated.Count == 0 || Predicted.Count == 0 ? null : DistanceTo(Calibrated);

    /// <summary>Whether the calibrated machine waits as it did where it was calibrated, as far as so many waits tell.</summary>
    public bool IsFit => OwnDistance is not { } distance || distance <= Math.Max(FarthestFit, ByChance / Math.Sqrt(Calibrated.Count));

    /// <summary>
    /// What is not within the factor, of p50, p99 and max, in words. Two waits that are less than the clock's resolution apart cannot be told apart.
    /// </summary>
    public IReadOnlyList<string> Failures => !IsJudged ? []
        : !IsCalibrated ? ["it did not run in the part that was calibrated on; try --slices, which takes that part from all of its time"]
        : Predicted.Count == 0 ? ["it never waited in the simulation"]
        : [.. Quantiles.Where(q => q.Name != "p90" && !IsRight(q.Measured, q.Predicted))
            .Select(q => $"{q.Name} {q.Predicted} where {q.Measured} was measured")];

    /// <summary>Whether what is not right differs in the recording itself: of the part that was calibrated on it is not right either.</summary>
    public bool PartsDiffer => Quantiles.Where(q => q.Name != "p90" && !IsRight(q.Measured, q.Predicted)).ToList() is { Count: > 0 } wrong
        && wrong.TrueForAll(q => !IsRight(q.Measured, q.Calibrated));

    /// <summary>Kolmogorov and Smirnov's distance: the greatest difference of the two distribution functions, 0 to 1.</summary>
    public double KolmogorovSmirnov => Measured.Count == 0 || Predicted.Count == 0 ? 1 : DistanceTo(Measured);

    /// <summary>
    /// Wasserstein's distance: by how much each wait would have to be made longer or shorter, on average, for the one distribution to become the
    /// other.
    /// </summary>
    public Duration Wasserstein
    {
        get
        {
            if (Measured.Count == 0 || Predicted.Count == 0) return Duration.Max;
            var (seen, expected, sum, before) = (0L, 0L, 0.0, 0L);
            foreach (var step in Steps(Measured))
            {
                sum += Math.Abs((double)seen / Measured.Count - (double)expected / Predicted.Count) * (step.Nanoseconds - before);
                (seen, expected, before) = (seen + step.Measured, expected + step.Predicted, step.Nanoseconds);
            }
            return new Duration((long)Math.Round(sum));
        }
    }

    private double DistanceTo(TimeCounts measured)
    {
        var (seen, expected, worst) = (0L, 0L, 0.0);
        // Told apart no finer than the clock does.
        foreach (var step in Steps(measured))
        {
            (seen, expected) = (seen + step.Measured, expected + step.Predicted);
            worst = Math.Max(worst, Math.Abs((double)seen / measured.Count - (double)expected / Predicted.Count));
        }
        return worst;
    }

    private bool IsRight(Duration measured, Duration predicted)
    {
        var more = (double)Math.Max(measured.Nanoseconds, predicted.Nanoseconds);
        var less = (double)Math.Min(measured.Nanoseconds, predicted.Nanoseconds);
        return more - less <= Resolution.Nanoseconds || more <= Factor * less;
    }

    private IEnumerable<(long Nanoseconds, long Measured, long Predicted)> Steps(TimeCounts measured) =>
        measured.StepsFrom.Select(step => (At: Rounded(step.From.Nanoseconds), Measured: step.Count, Predicted: 0L))
            .Concat(Predicted.StepsFrom.Select(step => (At: Rounded(step.From.Nanoseconds), Measured: 0L, Predicted: step.Count)))
            .GroupBy(value => value.At).OrderBy(group => group.Key)
            .Select(group => (group.Key, group.Sum(value => value.Measured), group.Sum(value => value.Predicted)));

    private long Rounded(long nanoseconds) => (nanoseconds + Resolution.Nanoseconds / 2) / Resolution.Nanoseconds * Resolution.Nanoseconds;
}
