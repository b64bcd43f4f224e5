using Pcie.Diagnosis.Machine;
using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Diagnosis.Import.Etw;

/// <summary>
/// One processor of an xperf recording. Rows come in the order of their timestamps; where these are starts, an interval waits here until what
/// lies inside it has been told.
/// </summary>
/// <param name="ofFramework">Sources that stand for WDF's thunks: whose they are, a call of the framework tells.</param>
internal sealed class XperfProcessor(ushort number, IMachineSink sink, HashSet<int> ofFramework)
{
    // No machine nests as deep.
    private const int MaxOpen = 256;

    private readonly List<Interval> open = [];
    private readonly List<(SimTime At, int Source)> isrCalls = [], dpcCalls = [];
    private int thread = -1;
    private SimTime switched;

    public ushort Number => number;

    /// <summary>Intervals of the framework that got the name of the driver's callback.</summary>
    public long Renamed { get; private set; }

    // The rows are in the order of their ends: a call that lies in the interval has come before.
    public void Ended(in Interval interval)
    {
        if (ofFramework.Contains(interval.Source) && TryTakeCall(interval, out var driver)) sink.Add(interval with { Source = driver });
        else sink.Add(interval);
    }

    /// <returns>False if more are open than can be inside one another: nothing was done.</returns>
    public bool Started(in Interval interval)
    {
        TellUpTo(interval.Begin);
        if (open.Count == MaxOpen) return false;
        // In the order of ending: of two that overlap by a microsecond of rounding, the one that ends later waits.
        var at = open.Count;
        while (at > 0 && open[at - 1].End < interval.End) at--;
        open.Insert(at, interval);
        return true;
    }

    /// <summary>The framework is going to call a driver's callback, in the ISR or DPC that runs.</summary>
    public void Called(bool isIsr, SimTime now, int driver)
    {
        var calls = isIsr ? isrCalls : dpcCalls;
        if (calls.Count == MaxOpen) calls.RemoveRange(0, MaxOpen / 2);
        calls.Add((now, driver));
        TellUpTo(now);
    }

    /// <param name="next">The thread that runs from now on.</param>
    /// <returns>False if it is before the last switch: nothing was done.</returns>
    public bool Switched(SimTime now, int next)
    {
        if (now < switched) return false;
        TellUpTo(now);
        if (thread >= 0) sink.Add(new Interval(IntervalKind.Thread, number, thread, switched, now));
        sink.Add(new Instant(InstantKind.ThreadRuns, number, next, now));
        (thread, switched) = (next, now);
        return true;
    }

    public void Sampled(SimTime now, int source)
    {
        TellUpTo(now);
        sink.Add(new Instant(InstantKind.Sample, number, source, now));
    }

    /// <summary>Somebody's code wrote an event that is wanted.</summary>
    public void Wrote(SimTime now, int source)
    {
        TellUpTo(now);
        sink.Add(new Instant(InstantKind.Event, number, source, now));
    }

    public void Complete() => TellUpTo(SimTime.Never);

    private void TellUpTo(SimTime now)
    {
        while (open.Count > 0 && open[^1].End <= now)
        {
            var interval = open[^1];
            open.RemoveAt(open.Count - 1);
            Ended(interval);
        }
    }

    // The first that lies in it is its own. Those of what nested in it have been taken; others after it are nobody's, unless of what begins at its
    // end.
    private bool TryTakeCall(in Interval interval, out int driver)
    {
        var calls = interval.Kind == IntervalKind.Isr ? isrCalls : dpcCalls;
        var at = calls.Count;
        while (at > 0 && calls[at - 1].At >= interval.Begin) at--;
        driver = -1;
        if (at == calls.Count || calls[at].At > interval.End) return false;
        driver = calls[at].Source;
        Renamed++;
        var to = at + 1;
        while (to < calls.Count && calls[to].At < interval.End) to++;
        calls.RemoveRange(at, to - at);
        return true;
    }
}
