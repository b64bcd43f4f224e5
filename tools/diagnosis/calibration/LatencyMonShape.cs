using Pcie.Diagnosis.Import.Results;
using Pcie.Time;

namespace Pcie.Diagnosis.Calibration;

/// <summary>A report's bins, parted into what is short, what is long, and the longest.</summary>
internal sealed class LatencyMonShape
{
    private readonly List<LatencyMonBin> longer;

    /// <param name="bins">Rising, none empty.</param>
    public LatencyMonShape(IReadOnlyList<LatencyMonBin> bins, Duration? highest)
    {
        longer = [.. bins];
        Longest = highest;
        if (highest is not null) longer[^1] = longer[^1] with { Count = longer[^1].Count - 1 };
        if (longer[0].From == Duration.Zero)
        {
            Short = longer[0];
            longer.RemoveAt(0);
        }
        longer.RemoveAll(bin => bin.Count == 0);
    }

    /// <summary>Null if the report does not say.</summary>
    public Duration? Longest { get; }

    /// <summary>The first bin; of no count if there is none.</summary>
    public LatencyMonBin Short { get; }

    /// <summary>Where the long ones begin; they cannot be where nothing took so long.</summary>
    public Duration LongFrom => longer.Count == 0 ? Duration.Zero : Duration.FromMicroseconds(longer.Max(bin => Lowest(bin)) / 1_000);

    /// <summary>The bins of the long ones, each with the least and the longest (ns) that fit into what all together took.</summary>
    /// <param name="budget">For the long and the short ones (ns); null if it is unknown.</param>
    /// <param name="shortest">What a short one takes at least (ns).</param>
    public IEnumerable<(LatencyMonBin Bin, double From, double To)> Long(double? budget, double shortest)
    {
        var least = longer.Sum(bin => (double)bin.Count * Lowest(bin));
        var more = longer.Sum(bin => bin.Count * (Highest(bin) - Lowest(bin)) / 2.0);
        var fits = budget is not { } all || more <= 0 ? 1 : Math.Clamp((all - Short.Count * shortest - least) / more, 0, 1);
        return longer.Select(bin => (bin, (double)Lowest(bin), Lowest(bin) + fits * (Highest(bin) - Lowest(bin))));
    }

    // A bin above the longest contradicts it: what it counts took as long as the longest.
    private long Lowest(in LatencyMonBin bin) => Math.Min(bin.From.Nanoseconds, Longest?.Nanoseconds ?? long.MaxValue);

    private long Highest(in LatencyMonBin bin) =>
        Math.Max(Lowest(bin), Math.Min((bin.To ?? Longest ?? bin.From).Nanoseconds, Longest?.Nanoseconds ?? long.MaxValue));
}
