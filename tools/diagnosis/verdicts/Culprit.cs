using Pcie.Diagnosis.Attribution;
using Pcie.Time;

namespace Pcie.Diagnosis.Verdicts;

/// <summary>Somebody who had the greatest share of some waits.</summary>
/// <param name="Source">A name; empty for what has none.</param>
/// <param name="Waits">How many waits those are.</param>
/// <param name="Time">Its time in them.</param>
/// <param name="Delay">How long they were together.</param>
public readonly record struct Culprit(ShareKind Kind, string Source, long Waits, Duration Time, Duration Delay)
{
    /// <summary>Of some waits, those of no time left out, who had the greatest share of the most of them first.</summary>
    public static IReadOnlyList<Culprit> Of(IEnumerable<Wait> waits) =>
    [
        .. waits.Where(wait => wait.Delay > Duration.Zero).Select(wait => (Wait: wait, Share: wait.Shares.MaxBy(share => share.Time)))
            .GroupBy(one => (one.Share.Kind, one.Share.Source))
            .Select(group => new Culprit(group.Key.Kind, group.Key.Source, group.LongCount(),
                new Duration(group.Sum(one => one.Share.Time.Nanoseconds)), new Duration(group.Sum(one => one.Wait.Delay.Nanoseconds))))
            .OrderByDescending(culprit => culprit.Waits).ThenByDescending(culprit => culprit.Time)
            .ThenBy(culprit => culprit.Source, StringComparer.Ordinal),
    ];
}
