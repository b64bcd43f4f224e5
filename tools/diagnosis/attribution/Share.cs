using Pcie.Time;

namespace Pcie.Diagnosis.Attribution;

/// <summary>What one source had of a wait, for itself: nothing is counted twice.</summary>
/// <param name="Source">A name; empty for what is unexplained.</param>
/// <param name="Intervals">How many of its intervals lie in the wait.</param>
public readonly record struct Share(ShareKind Kind, string Source, long Intervals, Duration Time)
{
    /// <summary>The longest first, what is unexplained last, and always there.</summary>
    internal static IReadOnlyList<Share> InOrder(IEnumerable<Share> shares, Duration unexplained) =>
    [
        .. shares.OrderByDescending(share => share.Time).ThenBy(share => share.Kind).ThenBy(share => share.Source, StringComparer.Ordinal),
        new Share(ShareKind.Unexplained, "", 0, unexplained),
    ];
}
