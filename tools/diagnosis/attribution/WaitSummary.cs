using HdrHistogram;
using Pcie.Time;

namespace Pcie.Diagnosis.Attribution;

/// <summary>How long one DPC waited, over a whole recording and all processors.</summary>
public sealed class WaitSummary
{
    private const long Longest = 3_600_000_000_000;

    private readonly LongHistogram delays = new(Longest, 3);
    private readonly PriorityQueue<Wait, long> worst = new();
    private readonly int keep;
    private readonly SortedDictionary<ushort, (long Runs, long Sum, long Max)> processors = [];
    private long sum;

    internal WaitSummary(string source, int keep) => (Source, this.keep) = (source, keep);

    public string Source { get; }

    /// <summary>Runs whose request was seen.</summary>
    public long Runs => delays.TotalCount;

    /// <summary>Requests that fell together with one before.</summary>
    public long Coalesced { get; private set; }

    /// <summary>Exactly, not to the histogram's three digits.</summary>
    public Duration Max { get; private set; }

    /// <summary>Sum of all delays.</summary>
    public Duration Total => new(sum);

    /// <summary>The same for each processor that it ran on.</summary>
    public IEnumerable<(ushort Processor, long Runs, Duration Total, Duration Max)> Processors =>
        processors.Select(p => (p.Key, p.Value.Runs, new Duration(p.Value.Sum), new Duration(p.Value.Max)));

    /// <summary>The longest waits, the worst first.</summary>
    public IReadOnlyList<Wait> Worst => [.. worst.UnorderedItems.Select(item => item.Element).OrderByDescending(w => w.Delay).ThenBy(w => w.Began)];

    /// <param name="percent">0 to 100.</param>
    /// <remarks>To the three digits that the histogram keeps: whole microseconds stay whole.</remarks>
    public Duration Percentile(double percent)
    {
        var value = delays.MedianEquivalentValue(delays.GetValueAtPercentile(percent));
        var unit = 1L;
        while (value / unit >= 1000) unit *= 10;
        return new(Math.Min((value + unit / 2) / unit * unit, Max.Nanoseconds));
    }

    /// <summary>How many delays were up to so long, and longer than the entry before.</summary>
    public IEnumerable<(Duration UpTo, long Count)> Counts =>
        delays.RecordedValues().Select(step => (new Duration(step.ValueIteratedTo), step.CountAddedInThisIterationStep));

    internal void Add(ushort processor, Duration delay, long coalesced)
    {
        var (runs, total, longest) = processors.GetValueOrDefault(processor);
        processors[processor] = (runs + 1, total + delay.Nanoseconds, Math.Max(longest, delay.Nanoseconds));
        delays.RecordValue(Math.Clamp(delay.Nanoseconds, 0, Longest));
        sum += delay.Nanoseconds;
        Coalesced += coalesced;
        if (delay > Max) Max = delay;
    }

    internal bool IsAmongWorst(Duration delay) =>
        keep > 0 && (worst.Count < keep || (worst.TryPeek(out _, out var least) && delay.Nanoseconds > least));

    /// <summary>Puts another in each wait's place, as long as it was.</summary>
    internal void Replace(Func<Wait, Wait> by)
    {
        var kept = worst.UnorderedItems.ToList();
        worst.Clear();
        foreach (var (wait, delay) in kept) worst.Enqueue(by(wait), delay);
    }

    internal void Keep(Wait wait)
    {
        if (worst.Count == keep) worst.Dequeue();
        worst.Enqueue(wait, wait.Delay.Nanoseconds);
    }
}
