using Pcie.Diagnosis.Machine;
using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Diagnosis.Attribution;

/// <summary>
/// Gives the part of a wait in which all processors were silent to what stopped them, and takes it from whoever it was credited to.
/// </summary>
internal static class SilentShares
{
    /// <param name="unusual">By time; nothing of any processor began or ended in one.</param>
    /// <param name="source">Their number, for the evidence.</param>
    /// <param name="knowsDpcs">
    /// Whether a silence in a DPC or ISR is its own: a long DPC with the machine otherwise idle is silent too, unless a profiler samples it.
    /// </param>
    public static Wait PutInto(Wait wait, IReadOnlyList<(SimTime From, SimTime To)> unusual, int source, Func<int, string> nameOf, bool knowsDpcs)
    {
        var (shares, evidence) = (wait.Shares.ToList(), new List<Interval>());
        foreach (var (from, to) in unusual)
        {
            if (to <= wait.Since || from >= wait.Began) continue;
            var part = SimTime.Min(to, wait.Began) - (from > wait.Since ? from : wait.Since);
            // As nothing begins or ends in it, one interval had all of it, or none.
            var over = wait.Evidence.ToList().FindLastIndex(interval => interval.Begin <= from && interval.End >= to);
            if (over >= 0 && knowsDpcs && wait.Evidence[over].Kind >= IntervalKind.Dpc) continue;
            var owner = over < 0 ? shares.Count - 1 : shares.FindIndex(share => share.Kind != ShareKind.Silent && share.Time >= part
                && share.Source == nameOf(wait.Evidence[over].Source));
            if (owner < 0 || shares[owner].Time < part) continue;
            shares[owner] = shares[owner] with { Time = shares[owner].Time - part };
            evidence.Add(new Interval(IntervalKind.Stall, wait.Processor, source, from, to));
        }
        if (evidence.Count == 0) return wait;
        var silent = new Duration(wait.Delay.Nanoseconds - shares.Sum(share => share.Time.Nanoseconds));
        evidence.AddRange(wait.Evidence);
        evidence.Sort(ExclusiveSweep.Order);
        return wait with
        {
            Shares = Share.InOrder(
                [.. shares.SkipLast(1), new Share(ShareKind.Silent, Silences.Name, evidence.Count - wait.Evidence.Count, silent)], shares[^1].Time),
            Evidence = evidence,
        };
    }
}
