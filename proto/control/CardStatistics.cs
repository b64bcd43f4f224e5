using Pcie.Control.Wire;

namespace Pcie.Control;

/// <summary>
/// What the card says about itself when a run ends, to complete the account of it. It comes past the link: from the card in the
/// same process, or from its control service.
/// </summary>
/// <param name="Counters">For people and expectations, by dotted name, such as <c>chunks.produced</c>.</param>
/// <param name="Account">What the account rests on; null if the card keeps none.</param>
/// <param name="TraceDigest">Digest of the card's trace.</param>
/// <param name="SourceSha256">Of the payload that the source produced; empty if not kept.</param>
/// <param name="Lateness">How far the card's process fell behind the wall clock; null in simulated time.</param>
public sealed record CardStatistics(
    IReadOnlyDictionary<string, ulong> Counters, Account? Account, ulong TraceDigest, byte[] SourceSha256, Lateness? Lateness = null)
{
    public static CardStatistics Of(Statistics statistics) =>
        new(statistics.Counters, statistics.Account, statistics.TraceDigest, statistics.SourceSha256.ToByteArray(),
            statistics.Lateness);
}
