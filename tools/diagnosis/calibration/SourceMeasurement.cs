using MathNet.Numerics.Distributions;
using Pcie.Diagnosis.Machine;
using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Diagnosis.Calibration;

/// <summary>
/// What one source did on one processor: how far apart it began, and how long it ran by itself, to three digits, so that memory does not grow with
/// the recording.
/// </summary>
public sealed class SourceMeasurement
{
    /// <summary>Of fewer occurrences, when they came tells nothing of when others will.</summary>
    public const int Rare = 10;

    private readonly IntervalMeasurement intervals = new();
    private readonly List<SimTime> times = [];

    /// <param name="cause">The ISR that asks for it; null if none does, or nobody knows.</param>
    internal SourceMeasurement(string name, IntervalKind kind, ushort processor, RequestOrigin origin, SourceMeasurement? cause) =>
        (Name, Kind, Processor, Origin, Cause) = (name, kind, processor, origin, cause);

    public string Name { get; }
    public IntervalKind Kind { get; }
    public ushort Processor { get; }

    /// <summary>Who asks for it.</summary>
    public RequestOrigin Origin { get; }

    /// <summary>The ISR, of the same processor, in which it is asked for; null if it was in none, or the recording does not tell.</summary>
    public SourceMeasurement? Cause { get; }

    /// <summary>In how many of the runs of its cause it is asked for, 0 to 1.</summary>
    public double Chance => Cause is null ? 1 : Math.Min(1, (double)Count / Cause.Count);
    public long Count { get; private set; }

    /// <summary>Without what interrupted it.</summary>
    public Duration Busy { get; private set; }

    public Duration MeanDuration => Count == 0 ? Duration.Zero : new Duration(Busy.Nanoseconds / Count);

    /// <summary>For how long its processor was recorded.</summary>
    public Duration Observed { get; private set; }

    /// <summary>Whether it came so seldom that its intervals are not measured.</summary>
    public bool IsRare => Count < Rare && Cause is null;

    public Duration MeanInterval => new(Math.Max(1, Observed.Nanoseconds / Math.Max(1, Count)));

    /// <summary>Between which mean intervals the true one lies, with 95 % confidence, if it comes at random (Garwood).</summary>
    public (Duration Least, Duration Most) RateBounds => (
        new Duration((long)(Observed.Nanoseconds / (ChiSquared.InvCDF(2.0 * Count + 2, 0.975) / 2))),
        new Duration((long)Math.Min(Observed.Nanoseconds / (ChiSquared.InvCDF(2.0 * Count, 0.025) / 2), long.MaxValue / 2)));

    /// <summary>Of its durations. Computed anew with each call.</summary>
    public QuantileFit FitDurations() => QuantileFit.Of(Durations);

    /// <summary>Of the times from beginning to beginning. Computed anew with each call.</summary>
    public QuantileFit FitIntervals() => QuantileFit.Of(Intervals);

    /// <summary>
    /// Of the times that it waits for nobody but the ISR or the thread that asks for it. Computed anew with each call.
    /// </summary>
    public QuantileFit FitAlone() => QuantileFit.Of(Alone);

    /// <summary>How it comes in bursts; null if its intervals follow each other by chance. Computed anew with each call.</summary>
    public BurstLaw? FindBursts() => intervals.FindBursts();

    /// <summary>When it comes in step with others; null if it does not.</summary>
    public Beat? Beat { get; internal set; }

    /// <summary>After which other source it comes more often than by chance; null if after none.</summary>
    public Following? Following { get; internal set; }

    /// <summary>When it began, the first times.</summary>
    internal IReadOnlyList<SimTime> Times => times;

    internal TimeCounts Alone { get; } = new();
    internal TimeCounts Durations { get; } = new();
    internal TimeCounts Intervals => intervals.Intervals;

    internal void AddAlone(Duration wait) => Alone.Add(wait);

    /// <param name="from">Since when its processor has been recorded without a gap.</param>
    internal void Add(SimTime from, SimTime begin, Duration net)
    {
        intervals.Add(from, begin);
        if (times.Count < Beats.MostTimes) times.Add(begin);
        Count++;
        Busy += net;
        Durations.Add(net);
    }

    /// <summary>Its processor's recording ends or has a gap.</summary>
    internal void End(SimTime end) => intervals.End(end);

    internal void Close(Duration observed)
    {
        Observed = observed;
        intervals.Close(observed);
    }
}
