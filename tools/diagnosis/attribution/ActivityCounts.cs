using System.Runtime.InteropServices;
using Pcie.Diagnosis.Machine;
using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Diagnosis.Attribution;

/// <summary>Counts each source's intervals on each processor, and what they took for themselves.</summary>
/// <remarks>
/// Memory: one entry for each source, kind and processor, and the intervals of which it is not known yet whether they lie in another.
/// </remarks>
internal sealed class ActivityCounts
{
    // Intervals nest, so only those since the beginning of what is still open matter; more than so many are of no machine.
    private const int MaxInside = 1 << 12;

    private readonly Dictionary<(int Source, IntervalKind Kind, ushort Processor), (long Count, long Busy, long Longest)> counts = [];
    private readonly Dictionary<ushort, Stack<(long Begin, long End)>> told = [];

    public void Add(in Interval interval)
    {
        var (begin, end) = (interval.Begin.Nanoseconds, interval.End.Nanoseconds);
        if (!told.TryGetValue(interval.Processor, out var inside)) told.Add(interval.Processor, inside = new Stack<(long, long)>());
        // What lies inside has been told before. By rounding, one may reach a little over the beginning: its part counts.
        var own = end - begin;
        while (inside.TryPeek(out var inner) && inner.End > begin)
        {
            own -= inner.End - Math.Max(inner.Begin, begin);
            if (inner.Begin >= begin) inside.Pop();
            else begin = inner.End;
        }
        if (inside.Count >= MaxInside) inside.Clear();
        inside.Push((Math.Min(begin, end), end));
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, (interval.Source, interval.Kind, interval.Processor), out _);
        count = (count.Count + 1, count.Busy + Math.Max(0, own), Math.Max(count.Longest, (interval.End - interval.Begin).Nanoseconds));
    }

    /// <summary>The busiest first.</summary>
    public IReadOnlyList<ActivityCount> Of(Func<int, string> nameOf) =>
    [
        .. counts.Select(c => new ActivityCount(nameOf(c.Key.Source), c.Key.Kind, c.Key.Processor, c.Value.Count,
                new Duration(c.Value.Busy), new Duration(c.Value.Longest)))
            .OrderByDescending(c => c.Busy).ThenBy(c => c.Source, StringComparer.Ordinal).ThenBy(c => c.Kind).ThenBy(c => c.Processor),
    ];
}
