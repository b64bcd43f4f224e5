using HdrHistogram;
using Pcie.Diagnosis.Attribution;
using Pcie.Time;

namespace Pcie.Diagnosis.Validation;

/// <summary>How long something waited, each time: to three digits, so that memory does not grow with their number.</summary>
public sealed class WaitSample
{
    private const long Longest = 3_600_000_000_000;

    private readonly LongHistogram waits = new(Longest, 3);

    public long Count => waits.TotalCount;
    public Duration Max { get; private set; }

    /// <summary>How many were so long, rising.</summary>
    public IEnumerable<(long Nanoseconds, long Count)> Values =>
        waits.RecordedValues().Select(step => (waits.LowestEquivalentValue(step.ValueIteratedTo), step.CountAddedInThisIterationStep));

    public static WaitSample Of(WaitSummary summary)
    {
        var sample = new WaitSample { Max = summary.Max };
        foreach (var (upTo, count) in summary.Counts) sample.waits.RecordValueWithCount(Math.Min(upTo.Nanoseconds, Longest), count);
        return sample;
    }

    public void Add(Duration wait)
    {
        waits.RecordValue(Math.Clamp(wait.Nanoseconds, 0, Longest));
        if (wait > Max) Max = wait;
    }

    public void Add(WaitSample other)
    {
        waits.Add(other.waits);
        if (other.Max > Max) Max = other.Max;
    }

    /// <param name="percent">0 to 100.</param>
    public Duration Percentile(double percent)
    {
        if (Count == 0) return Duration.Zero;
        var value = waits.MedianEquivalentValue(waits.GetValueAtPercentile(percent));
        var unit = 1L;
        while (value / unit >= 1000) unit *= 10;
        return new(Math.Min((value + unit / 2) / unit * unit, Max.Nanoseconds));
    }
}
