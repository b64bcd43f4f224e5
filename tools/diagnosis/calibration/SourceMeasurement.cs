using HdrHistogram;
using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Diagnosis.Calibration;

/// <summary>
/// What one source did on one processor: how far apart it began, and how long it ran by itself, in histograms of three digits, so that memory
/// does not grow with the recording.
/// </summary>
public sealed class SourceMeasurement
{
    private const long Longest = 3_600_000_000_000;

    private readonly LongHistogram durations = new(Longest, 3), intervals = new(Longest, 3);
    private SimTime first = SimTime.Never, last;

    internal SourceMeasurement(string name, IntervalKind kind, ushort processor) => (Name, Kind, Processor) = (name, kind, processor);

    public string Name { get; }
    public IntervalKind Kind { get; }
    public ushort Processor { get; }
    public long Count { get; private set; }

    /// <summary>Without what interrupted it.</summary>
    public Duration Busy { get; private set; }

    public Duration MeanDuration => Count == 0 ? Duration.Zero : new Duration(Busy.Nanoseconds / Count);

    /// <summary>Of its durations. Computed anew with each call.</summary>
    public QuantileFit FitDurations() => QuantileFit.Of(durations);

    /// <summary>Of the times from beginning to beginning. Computed anew with each call.</summary>
    public QuantileFit FitIntervals() => QuantileFit.Of(intervals);

    internal HistogramBase Durations => durations;
    internal HistogramBase Intervals => intervals;

    internal void Add(SimTime begin, Duration net)
    {
        if (Count++ == 0) first = begin;
        else intervals.RecordValue(Math.Clamp((begin - last).Nanoseconds, 0, Longest));
        last = SimTime.Max(begin, last);
        Busy += net;
        durations.RecordValue(Math.Clamp(net.Nanoseconds, 0, Longest));
    }

    // The time before the first and after the last is one interval more, so that the mean is the recording's length by the count.
    internal void Close(SimTime begin, SimTime end) =>
        intervals.RecordValue(Math.Clamp((first - begin).Nanoseconds + (end - last).Nanoseconds, 0, Longest));
}
