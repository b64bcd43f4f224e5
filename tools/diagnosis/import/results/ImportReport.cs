using Pcie.Diagnosis.Machine;

namespace Pcie.Diagnosis.Import.Results;

/// <summary>What an import has read, and everything that it has not used, by reason.</summary>
public sealed class ImportReport
{
    // One for each processor, and some.
    private const int MaxNotes = 5000;

    private const int LongestExample = 120;

    private readonly SortedDictionary<string, long> skipped = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, TimerLatency> timerLatencies = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> providerEvents = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, NotRead> notUnderstood = new(StringComparer.Ordinal);
    private readonly List<string> notes = [];

    public required RecordingFormat Format { get; init; }

    /// <summary>Lines of the recording, its head included.</summary>
    public long Lines { get; internal set; }

    /// <summary>Lines that were understood, those included that are of no use here: heads, events of no interest.</summary>
    public long Understood => Lines - NotUnderstood.Values.Sum(kind => kind.Count);

    /// <summary>Lines that were not understood, by kind. They are among <see cref="Skipped"/>.</summary>
    public IReadOnlyDictionary<string, NotRead> NotUnderstood => notUnderstood;

    /// <summary>Of the uncompressed text.</summary>
    public long Bytes { get; internal set; }

    /// <summary>Told to the sink.</summary>
    public long Intervals { get; internal set; }

    /// <summary>Told to the sink.</summary>
    public long Instants { get; internal set; }

    /// <summary>Runs that began and whose end is not in the recording.</summary>
    public long WithoutEnd { get; internal set; }

    /// <summary>Whether anything was read of which something can be said.</summary>
    public bool IsAnythingRead => Intervals > 0 || Instants > 0 || WithoutEnd > 0 || timerLatencies.Count > 0 || LatencyMon is not null
        || Summary is { IsEmpty: false };

    /// <summary>Intervals that the recording gives no length: shorter than its clock tells apart. They are among <see cref="Intervals"/>.</summary>
    public long ZeroLength { get; internal set; }

    /// <summary>xperf only: what a TimeStamp was taken for.</summary>
    public TimestampMeaning Timestamps { get; internal set; }

    /// <summary>A LatencyMon report's figures; null for a recording.</summary>
    public LatencyMonReport? LatencyMon { get; internal set; }

    /// <summary>What a text says that has no times of events; null for one that has, and of LatencyMon.</summary>
    public MachineSummary? Summary { get; internal set; }

    /// <summary>Lines and events that gave nothing, by reason.</summary>
    public IReadOnlyDictionary<string, long> Skipped => skipped;

    /// <summary>timerlat's own measurements, by context: <c>irq</c>, <c>thread</c>.</summary>
    public IReadOnlyDictionary<string, TimerLatency> TimerLatencies => timerLatencies;

    /// <summary>Rows of manifest and TraceLogging providers, by <c>Provider/Event</c>.</summary>
    public IReadOnlyDictionary<string, long> ProviderEvents => providerEvents;

    /// <summary>What a person should know before relying on the recording.</summary>
    public IReadOnlyList<string> Notes => notes;

    internal void Skip(string reason, long count = 1) => skipped[reason] = skipped.GetValueOrDefault(reason) + count;

    /// <summary>A line was not understood: the one that is being read.</summary>
    internal void Refuse(string kind, ReadOnlySpan<byte> line)
    {
        Skip(kind);
        notUnderstood[kind] = notUnderstood.TryGetValue(kind, out var others) ? others with { Count = others.Count + 1 }
            : new NotRead(1, Lines + 1, ExampleOf(line));
    }

    internal void Note(string note)
    {
        if (notes.Count == MaxNotes || notes.Contains(note)) return;
        notes.Add(notes.Count == MaxNotes - 1 ? "There is more to know: the recording has several heads, or is not what it says." : note);
    }

    internal void AddTimerLatency(string context, long nanoseconds) =>
        timerLatencies[context] = timerLatencies.GetValueOrDefault(context).With(nanoseconds);

    internal void AddProviderEvent(string name, long count) => providerEvents[name] = providerEvents.GetValueOrDefault(name) + count;

    private static string ExampleOf(ReadOnlySpan<byte> line)
    {
        var text = CleanText.Of(line.Length > 4 * LongestExample ? line[..(4 * LongestExample)] : line).Trim();
        return text.Length <= LongestExample ? text : string.Concat(text.AsSpan(0, LongestExample), "...");
    }
}
