using Pcie.Diagnosis.Machine;
using Pcie.Time;

namespace Pcie.Diagnosis.Attribution;

/// <summary>How long one DPC waited, over a whole recording and all processors.</summary>
public sealed class WaitSummary
{
    private readonly TimeCounts delays = new();
    private readonly PriorityQueue<Wait, long> worst = new();
    private readonly int keep;
    private readonly SortedDictionary<ushort, (long Runs, long Sum, long Max)> processors = [];
    private long sum;

    internal WaitSummary(string source, int keep) => (Source, this.keep) = (source, keep);

    public string Source { get; }

    /// <summary>Runs whose request was seen.</summary>
    public long Runs => delays.Count;

    /// <summary>Requests that fell together with one before.</summary>
    public long Coalesced { get; private set; }

    /// <summary>Exactly, not to three digits.</summary>
    public Duration Max => delays.Max;

    /// <summary>Sum of all delays.</summary>
    public Duration Total => new(sum);

    /// <summary>The same for each processor that it ran on.</summary>
    public IEnumerable<(ushort Processor, long Runs, Duration Total, Duration Max)> Processors =>
        processors.Select(p => (p.Key, p.Value.Runs, new Duration(p.Value.Sum), new Duration(p.Value.Max)));

    /// <summary>The longest waits, the worst first.</summary>
    public IReadOnlyList<Wait> Worst => [.. worst.UnorderedItems.Select(item => item.Element).OrderByDescending(w => w.Delay).ThenBy(w => w.Began)];

    /// <summary>How long it waited, each time.</summary>
    public TimeCounts Delays => delays;

    /// <inheritdoc cref="TimeCounts.Percentile"/>
    public Duration Percentile(double percent) => delays.Percentile(percent);

    /// <summary>How many delays were up to so long, and longer than the entry before.</summary>
    public IEnumerable<(Duration UpTo, long Count)> Counts => delays.Steps;

    internal void Add(ushort processor, Duration delay, long coalesced)
    {
        var (runs, total, longest) = processors.GetValueOrDefault(processor);
        processors[processor] = (runs + 1, total + delay.Nanoseconds, Math.Max(longest, delay.Nanoseconds));
        delays.Add(delay);
        sum += delay.Nanoseconds;
        Coalesced += coalesced;
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
