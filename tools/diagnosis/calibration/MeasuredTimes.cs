using HdrHistogram;

namespace Pcie.Diagnosis.Calibration;

/// <summary>
/// Times of which the quantiles are wanted: a few as they are, more in a histogram of three digits, whose memory is a hundred times theirs.
/// </summary>
internal sealed class MeasuredTimes
{
    private const long Longest = 3_600_000_000_000;
    private const int Few = 128;

    private List<long>? few = [];
    private LongHistogram? many;

    public HistogramBase Histogram => many ?? Filled();

    public void Add(long nanoseconds)
    {
        var value = Math.Clamp(nanoseconds, 0, Longest);
        if (many is not null) many.RecordValue(value);
        else if (few!.Count < Few) few.Add(value);
        else
        {
            many = Filled();
            many.RecordValue(value);
            few = null;
        }
    }

    private LongHistogram Filled()
    {
        var histogram = new LongHistogram(Longest, 3);
        foreach (var value in few!) histogram.RecordValue(value);
        return histogram;
    }
}
