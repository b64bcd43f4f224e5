using Pcie.Diagnosis.Machine;
using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.Diagnosis.Calibration;

/// <summary>A histogram as a distribution of quantiles, the longest kept; and how far the two are apart.</summary>
public sealed record QuantileFit
{
    private QuantileFit(IReadOnlyList<Duration> quantiles, TimeCounts measured)
    {
        Quantiles = quantiles;
        Distance = DistanceOf(quantiles, measured);
        FittedMean = MeanOf(quantiles);
        MeasuredMean = new Duration((long)measured.Mean);
    }

    public IReadOnlyList<Duration> Quantiles { get; }

    /// <summary>Kolmogorov and Smirnov's: the greatest difference of the two distribution functions at any measured value, 0 to 1.</summary>
    public double Distance { get; }

    public Duration MeasuredMean { get; }
    public Duration FittedMean { get; }

    internal static QuantileFit Of(TimeCounts measured)
    {
        var quantiles = new Duration[Distribution.QuantileLevels.Count];
        for (var i = 0; i < quantiles.Length; i++)
            quantiles[i] = measured.HighestAt(Distribution.QuantileLevels[i] * 100);
        KeepMean(quantiles, measured.Mean);
        return new QuantileFit(quantiles, measured);
    }

    // With few values and a long tail, where among the last levels the longest begins decides the mean, and with it a source's rate. The levels
    // above the median move within their neighbours until the mean is the measured one; the longest stays.
    private static void KeepMean(Duration[] quantiles, double mean)
    {
        var missing = mean - MeanOf(quantiles).Nanoseconds;
        var median = quantiles.Length / 3;
        for (var i = quantiles.Length - 2; missing > 0 && i > median; i--) missing -= Move(quantiles, i, quantiles[i + 1], missing);
        for (var i = median + 1; missing < 0 && i < quantiles.Length - 1; i++) missing -= Move(quantiles, i, quantiles[i - 1], missing);
    }

    // By how much the mean has changed.
    private static double Move(Duration[] quantiles, int level, Duration limit, double missing)
    {
        var weight = (Distribution.QuantileLevels[level + 1] - Distribution.QuantileLevels[level - 1]) / 2;
        var most = (limit - quantiles[level]).Nanoseconds;
        var by = Math.Abs(missing / weight) < Math.Abs(most) ? (long)(missing / weight) : most;
        quantiles[level] += new Duration(by);
        return by * weight;
    }

    private static double DistanceOf(IReadOnlyList<Duration> quantiles, TimeCounts measured)
    {
        var worst = 0.0;
        long seen = 0;
        foreach (var (upTo, count) in measured.Steps)
        {
            // A clock of microseconds makes steps; the fit is a line from one to the next. It is judged against the middle of a step.
            var middle = (seen + count / 2.0) / measured.Count;
            seen += count;
            worst = Math.Max(worst, Math.Abs(LevelOf(quantiles, upTo.Nanoseconds) - middle));
        }
        return worst;
    }

    // Where several levels have this value, their middle.
    private static double LevelOf(IReadOnlyList<Duration> quantiles, long value)
    {
        var levels = Distribution.QuantileLevels;
        var above = 0;
        while (above < quantiles.Count && quantiles[above].Nanoseconds < value) above++;
        if (above == quantiles.Count) return 1;
        var last = above;
        while (last + 1 < quantiles.Count && quantiles[last + 1].Nanoseconds == value) last++;
        if (quantiles[above].Nanoseconds == value) return (levels[above] + levels[last]) / 2;
        if (above == 0) return 0;
        var (low, high) = (quantiles[above - 1].Nanoseconds, quantiles[above].Nanoseconds);
        return levels[above - 1] + (levels[above] - levels[above - 1]) * (value - low) / (high - low);
    }

    private static Duration MeanOf(IReadOnlyList<Duration> quantiles)
    {
        var sum = 0.0;
        for (var i = 1; i < quantiles.Count; i++)
        {
            var share = Distribution.QuantileLevels[i] - Distribution.QuantileLevels[i - 1];
            sum += share * (quantiles[i - 1].Nanoseconds + quantiles[i].Nanoseconds) / 2.0;
        }
        return new Duration((long)sum);
    }
}
