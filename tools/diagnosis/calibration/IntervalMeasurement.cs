using Pcie.Diagnosis.Machine;
using Pcie.Time;

namespace Pcie.Diagnosis.Calibration;

/// <summary>How far apart the beginnings of a source are, to three digits, and which interval follows which.</summary>
internal sealed class IntervalMeasurement
{
    private readonly IntervalPairs pairs = new();
    private SimTime begin = SimTime.Never, last;
    private long edges, within;

    public TimeCounts Intervals { get; } = new();

    /// <summary>How it comes in bursts; null if its intervals follow each other by chance. Computed anew with each call.</summary>
    public BurstLaw? FindBursts() => pairs.FindBursts();

    /// <param name="from">Since when its processor has been recorded without a gap.</param>
    public void Add(SimTime from, SimTime begin)
    {
        if (this.begin == SimTime.Never)
        {
            edges += Math.Max(0, (begin - from).Nanoseconds);
            this.begin = last = begin;
        }
        else
        {
            AddInterval((begin - last).Nanoseconds);
            pairs.Add((begin - last).Nanoseconds);
        }
        last = SimTime.Max(begin, last);
    }

    /// <summary>Its processor's recording ends or has a gap. The time before the first and after the last is one interval more, so that the mean is
    /// the recorded time by the count.</summary>
    public void End(SimTime end)
    {
        if (begin == SimTime.Never) return;
        edges += Math.Max(0, (end - last).Nanoseconds);
        AddInterval(edges);
        edges = 0;
        pairs.Break();
        begin = SimTime.Never;
    }

    /// <summary>What was recorded between gaps in which it did not run at all is an interval too.</summary>
    public void Close(Duration observed)
    {
        if (observed.Nanoseconds - within is > 0 and var silent) AddInterval(silent);
    }

    private void AddInterval(long nanoseconds)
    {
        Intervals.Add(new Duration(nanoseconds));
        within += nanoseconds;
    }
}
