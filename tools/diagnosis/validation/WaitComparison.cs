using Pcie.Time;

namespace Pcie.Diagnosis.Validation;

/// <summary>How long one source waited on one processor, measured and predicted.</summary>
public sealed record WaitComparison
{
    /// <summary>Of fewer runs the 99th percentile is one or none.</summary>
    public const int Enough = 100;

    /// <summary>A prediction is right if it is at most so many times too much or too little.</summary>
    public const double Factor = 1.5;

    public required string Source { get; init; }
    public required ushort Processor { get; init; }

    /// <summary>In the part of the recording that was not calibrated on.</summary>
    public required WaitSample Measured { get; init; }

    /// <summary>Whether it ran in the part that was calibrated on.</summary>
    public required bool IsCalibrated { get; init; }

    /// <summary>In all simulated runs.</summary>
    public required WaitSample Predicted { get; init; }

    /// <summary>The longest of each simulated run, each as long as the measured part; rising.</summary>
    public required IReadOnlyList<Duration> PredictedMax { get; init; }

    /// <summary>How finely the recording's clock tells time.</summary>
    public required Duration Resolution { get; init; }

    public bool IsJudged => Measured.Count >= Enough;

    /// <summary>The quantiles that are compared, by name.</summary>
    public IEnumerable<(string Name, Duration Measured, Duration Predicted)> Quantiles =>
    [
        ("p50", Measured.Percentile(50), Predicted.Percentile(50)),
        ("p90", Measured.Percentile(90), Predicted.Percentile(90)),
        ("p99", Measured.Percentile(99), Predicted.Percentile(99)),
        ("max", Measured.Max, PredictedMax.Count == 0 ? Duration.Zero : PredictedMax[PredictedMax.Count / 2]),
    ];

    /// <summary>
    /// What is not within the factor, of p50, p99 and max, in words. Two waits that are less than the clock's resolution apart cannot be told apart.
    /// </summary>
    public IReadOnlyList<string> Failures => !IsJudged ? []
        : !IsCalibrated ? ["it did not run in the part that was calibrated on; try --slices, which takes that part from all of its time"]
        : Predicted.Count == 0 ? ["it never waited in the simulation"]
        : [.. Quantiles.Where(q => q.Name != "p90" && !IsRight(q.Measured, q.Predicted))
            .Select(q => $"{q.Name} {q.Predicted} where {q.Measured} was measured")];

    /// <summary>Kolmogorov and Smirnov's distance: the greatest difference of the two distribution functions, 0 to 1.</summary>
    public double KolmogorovSmirnov
    {
        get
        {
            if (Measured.Count == 0 || Predicted.Count == 0) return 1;
            var (seen, expected, worst) = (0L, 0L, 0.0);
            // Told apart no finer than the clock does.
            foreach (var step in Steps())
            {
                (seen, expected) = (seen + step.Measured, expected + step.Predicted);
                worst = Math.Max(worst, Math.Abs((double)seen / Measured.Count - (double)expected / Predicted.Count));
            }
            return worst;
        }
    }

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
            foreach (var step in Steps())
            {
                sum += Math.Abs((double)seen / Measured.Count - (double)expected / Predicted.Count) * (step.Nanoseconds - before);
                (seen, expected, before) = (seen + step.Measured, expected + step.Predicted, step.Nanoseconds);
            }
            return new Duration((long)Math.Round(sum));
        }
    }

    private bool IsRight(Duration measured, Duration predicted)
    {
        var more = (double)Math.Max(measured.Nanoseconds, predicted.Nanoseconds);
        var less = (double)Math.Min(measured.Nanoseconds, predicted.Nanoseconds);
        return more - less <= Resolution.Nanoseconds || more <= Factor * less;
    }

    private IEnumerable<(long Nanoseconds, long Measured, long Predicted)> Steps() =>
        Measured.Values.Select(value => (At: Rounded(value.Nanoseconds), Measured: value.Count, Predicted: 0L))
            .Concat(Predicted.Values.Select(value => (At: Rounded(value.Nanoseconds), Measured: 0L, Predicted: value.Count)))
            .GroupBy(value => value.At).OrderBy(group => group.Key)
            .Select(group => (group.Key, group.Sum(value => value.Measured), group.Sum(value => value.Predicted)));

    private long Rounded(long nanoseconds) => (nanoseconds + Resolution.Nanoseconds / 2) / Resolution.Nanoseconds * Resolution.Nanoseconds;
}
