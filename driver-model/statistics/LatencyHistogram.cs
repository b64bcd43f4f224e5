using HdrHistogram;
using Pcie.Time;

namespace Pcie.DriverModel.Statistics;

/// <summary>
/// A distribution of durations from 1 ns to 10 min, percentiles to three significant digits, the maximum exact.
/// </summary>
public sealed class LatencyHistogram
{
    private const long Highest = 600_000_000_000;
    private readonly LongHistogram histogram = new(Highest, 3);

    public long Count { get; private set; }
    public Duration Max { get; private set; }

    public void Record(Duration value)
    {
        Count++;
        if (value > Max) Max = value;
        histogram.RecordValue(Math.Clamp(value.Nanoseconds, 1, Highest));
    }

    /// <summary>How many values were up to so long, and longer than the entry before; ten entries a decade, those without a value left out.</summary>
    public IEnumerable<(Duration UpTo, long Count)> Buckets() =>
        // The library's iterator gives the same object at every step, so what it says is copied before anything is kept.
        histogram.RecordedValues().Select(step => (UpTo: step.ValueIteratedTo, Count: step.CountAddedInThisIterationStep))
            .GroupBy(step => (int)Math.Floor(10 * Math.Log10(step.UpTo)))
            .Select(bucket => (new Duration(bucket.Max(step => step.UpTo)), bucket.Sum(step => step.Count)));

    /// <summary>
    /// The duration that <paramref name="percent"/> of the values do not exceed, never above <see cref="Max"/>; zero without
    /// values.
    /// </summary>
    public Duration Percentile(double percent) =>
        Count == 0 ? Duration.Zero : new(Math.Min(histogram.GetValueAtPercentile(percent), Max.Nanoseconds));
}
