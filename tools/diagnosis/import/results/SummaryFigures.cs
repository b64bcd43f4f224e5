using System.ComponentModel;
using Pcie.Tables;

namespace Pcie.Diagnosis.Import.Results;

/// <summary>What a text says that counts and does not say when, as JSON: what <c>emu explain --json</c> prints of one.</summary>
[JsonForm("recording-summary/1")]
public sealed record SummaryFigures : JsonForm
{
    public required string Recording { get; init; }

    [Description("What a person should know before relying on it.")]
    public required IReadOnlyList<string> Notes { get; init; }

    public required ReadFigures Read { get; init; }

    [Description("For how long was measured; null if it is not said.")]
    public required long? SpanNs { get; init; }

    public required IReadOnlyList<Row> Sources { get; init; }

    public static SummaryFigures Of(string recording, ImportReport report) => new()
    {
        Recording = recording, Notes = report.Notes, Read = ReadFigures.Of(report), SpanNs = report.Summary!.Span?.Nanoseconds,
        Sources = [.. report.Summary.Rows.Select(row => new Row(row.Kind, row.Name, row.Count, row.Total?.Nanoseconds, row.Longest?.Nanoseconds,
            row.IsOpen))],
    };

    public sealed record Row(
        [property: Description("What it is, in the text's words.")] string Kind,
        string Name,
        [property: Description("0 if it is not said.")] long Count,
        long? TotalNs,
        long? LongestNs,
        [property: Description("Whether the longest took that or more.")] bool LongestIsOpen);
}
