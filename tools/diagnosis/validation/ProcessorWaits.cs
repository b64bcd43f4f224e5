using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Machine;

namespace Pcie.Diagnosis.Validation;

/// <summary>How long each DPC or softirq waited, of each processor by itself.</summary>
public sealed class ProcessorWaits : IMachineSink
{
    private readonly List<string> names = [];
    private readonly Dictionary<string, int> numbers = new(StringComparer.Ordinal);
    private readonly SortedDictionary<ushort, WaitAttribution> processors = [];

    public int Source(string name)
    {
        if (numbers.TryGetValue(name, out var number)) return number;
        names.Add(name);
        foreach (var waits in processors.Values) waits.Source(name);
        return numbers[name] = names.Count - 1;
    }

    /// <summary>The waits of each, from the shortest to the longest.</summary>
    public IEnumerable<(string Source, ushort Processor, TimeCounts Waits)> Samples =>
        from processor in processors
        from summary in processor.Value.Summaries
        where summary.Runs > 0
        select (summary.Source, processor.Key, summary.Delays);

    public void Add(in Interval interval) => At(interval.Processor).Add(interval);

    public void Add(in Instant instant) => At(instant.Processor).Add(instant);

    public void Cut(in Interval run) => At(run.Processor).Cut(run);

    /// <summary>Whether no events are missing of which nobody knows where.</summary>
    public bool IsComplete { get; private set; } = true;

    public void Lost(long events, string what) => IsComplete = false;

    public void LostAt(ushort processor, long events, string what) => At(processor).LostAt(processor, events, what);

    // A wait across it is none: what was asked for is forgotten.
    public void Break(ushort processor) => At(processor).Gap();

    public void Gap()
    {
        foreach (var waits in processors.Values) waits.Gap();
    }

    private WaitAttribution At(ushort processor)
    {
        if (processors.TryGetValue(processor, out var waits)) return waits;
        processors.Add(processor, waits = new WaitAttribution(new AttributionOptions { Worst = 0 }));
        foreach (var name in names) waits.Source(name);
        return waits;
    }
}
