using HdrHistogram;
using Pcie.Time;

namespace Pcie.Host.Framework;

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

    /// <summary>
    /// The duration that <paramref name="percent"/> of the values do not exceed, never above <see cref="Max"/>; zero without
    /// values.
    /// </summary>
    public Duration Percentile(double percent) =>
        Count == 0 ? Duration.Zero : new(Math.Min(histogram.GetValueAtPercentile(percent), Max.Nanoseconds));
}
