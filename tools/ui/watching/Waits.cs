using Pcie.Control.Wire;

namespace Pcie.Ui.Watching;

/// <summary>What a distribution has that it had not before.</summary>
public static class Waits
{
    /// <returns>In ns, as far as buckets tell; null if there is nothing new.</returns>
    public static (double? Longest, double? Median) Between(LatencyDistribution? before, LatencyDistribution? now)
    {
        if (now is null || now.Count == (before?.Count ?? 0)) return (null, null);
        var fresh = new List<(long UpTo, long Count)>();
        var i = 0;
        foreach (var bucket in now.Buckets)
        {
            // A bucket's upper end may have moved within it, and no further.
            long old = 0;
            while (before is not null && i < before.Buckets.Count && before.Buckets[i].UpToNs <= bucket.UpToNs) old += before.Buckets[i++].Count;
            if (bucket.Count > old) fresh.Add((bucket.UpToNs, bucket.Count - old));
        }
        if (fresh.Count == 0) return (null, null);
        var (half, sum) = ((fresh.Sum(one => one.Count) + 1) / 2, 0L);
        return (now.MaxNs > (before?.MaxNs ?? 0) ? now.MaxNs : fresh[^1].UpTo, fresh.First(one => (sum += one.Count) >= half).UpTo);
    }
}
