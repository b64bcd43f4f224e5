using System.ComponentModel;

namespace Pcie.Diagnosis.Import.Results;

/// <summary>How far a recording was read, as JSON.</summary>
public sealed record ReadFigures
{
    public required RecordingFormat Format { get; init; }

    public required long Lines { get; init; }

    [Description("Lines that were understood, those included that are of no use here.")]
    public required long LinesUnderstood { get; init; }

    [Description("Lines that were not understood, by kind; they are among those skipped.")]
    public required IReadOnlyList<LinesOfKind> NotUnderstood { get; init; }

    [Description("Of the uncompressed text.")]
    public required long Bytes { get; init; }

    [Description("Runs of ISRs, DPCs and threads.")]
    public required long Intervals { get; init; }

    [Description("Requests, and what else has no length.")]
    public required long Instants { get; init; }

    [Description("Intervals shorter than the recording's clock tells apart.")]
    public required long ZeroLength { get; init; }

    [Description("Runs that began and whose end is not in the recording.")]
    public required long RunsWithoutEnd { get; init; }

    [Description("Lines and events that gave nothing, by reason.")]
    public required IReadOnlyDictionary<string, long> Skipped { get; init; }

    [Description("Rows of manifest and TraceLogging providers, by Provider/Event.")]
    public required IReadOnlyDictionary<string, long> ProviderEvents { get; init; }

    [Description("timerlat's own measurements.")]
    public required IReadOnlyList<Timer> TimerLatencies { get; init; }

    public static ReadFigures Of(ImportReport report) => new()
    {
        Format = report.Format, Lines = report.Lines, LinesUnderstood = report.Understood,
        NotUnderstood = [.. report.NotUnderstood.Select(kind => new LinesOfKind(kind.Key, kind.Value.Count, kind.Value.Line, kind.Value.Example))],
        Bytes = report.Bytes, Intervals = report.Intervals, Instants = report.Instants, ZeroLength = report.ZeroLength,
        RunsWithoutEnd = report.WithoutEnd, Skipped = report.Skipped, ProviderEvents = report.ProviderEvents,
        TimerLatencies = [.. report.TimerLatencies.Select(t => new Timer(t.Key, t.Value.Count, t.Value.Sum, t.Value.Maximum))],
    };

    /// <param name="Kind">What is the matter with them.</param>
    /// <param name="Line">The number of the first, from 1.</param>
    public sealed record LinesOfKind(string Kind, long Count, long Line, string Example);

    /// <param name="Context"><c>irq</c> or <c>thread</c>.</param>
    public sealed record Timer(string Context, long Count, long SumNs, long MaxNs);
}
