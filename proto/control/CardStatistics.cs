namespace Pcie.Control;

/// <summary>
/// What the card says about itself when a run ends, to complete the account of it. It comes past the link: from the card in the
/// same process, or from its control service.
/// </summary>
/// <param name="Counters">By dotted name, such as <c>chunks.produced</c>.</param>
/// <param name="TraceDigest">Digest of the card's trace.</param>
/// <param name="SourceSha256">Of the payload that the source produced; empty if not kept.</param>
public sealed record CardStatistics(IReadOnlyDictionary<string, ulong> Counters, ulong TraceDigest, byte[] SourceSha256)
{
    /// <summary>A counter; zero if the card has none of that name.</summary>
    public long this[string name] => Counters.TryGetValue(name, out var value) ? (long)value : 0;
}
