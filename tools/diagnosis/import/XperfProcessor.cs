using Pcie.Diagnosis.Machine;
using Pcie.Time;

namespace Pcie.Diagnosis.Import;

/// <summary>
/// One processor of an xperf recording. Rows come in the order of their timestamps; where these are starts, an interval waits here until what
/// lies inside it has been told.
/// </summary>
internal sealed class XperfProcessor(ushort number, IMachineSink sink)
{
    // No machine nests as deep.
    private const int MostOpen = 256;

    private readonly List<Interval> open = [];
    private int thread = -1;
    private SimTime switched;

    public ushort Number => number;

    public void Ended(in Interval interval) => sink.Add(interval);

    /// <returns>False if more are open than can be inside one another: nothing was done.</returns>
    public bool Started(in Interval interval)
    {
        TellUpTo(interval.Begin);
        if (open.Count == MostOpen) return false;
        // In the order of ending: of two that overlap by a microsecond of rounding, the one that ends later waits.
        var at = open.Count;
        while (at > 0 && open[at - 1].End < interval.End) at--;
        open.Insert(at, interval);
        return true;
    }

    /// <param name="next">The thread that runs from now on; -1 for the idle one.</param>
    /// <returns>False if it is before the last switch: nothing was done.</returns>
    public bool Switched(SimTime now, int next)
    {
        if (now < switched) return false;
        TellUpTo(now);
        if (thread >= 0) sink.Add(new Interval(IntervalKind.Thread, number, thread, switched, now));
        (thread, switched) = (next, now);
        return true;
    }

    public void Sampled(SimTime now, int source)
    {
        TellUpTo(now);
        sink.Add(new Instant(InstantKind.Sample, number, source, now));
    }

    public void Complete() => TellUpTo(SimTime.Never);

    private void TellUpTo(SimTime now)
    {
        while (open.Count > 0 && open[^1].End <= now)
        {
            var interval = open[^1];
            open.RemoveAt(open.Count - 1);
            sink.Add(interval);
        }
    }
}
