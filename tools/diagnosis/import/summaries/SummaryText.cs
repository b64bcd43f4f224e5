using System.Globalization;
using Pcie.Diagnosis.Import.Results;
using Pcie.Tables;

namespace Pcie.Diagnosis.Import.Summaries;

/// <summary>A summary in words: what it says, and what it cannot.</summary>
public static class SummaryText
{
    private const int MaxRows = 30;

    public static string Of(string name, ImportReport report)
    {
        var summary = report.Summary!;
        var head = TextTable.OfLabels().AddRow("recording", $"{name}: a summary{(summary.Span is { } span ? $" of {span}" : "")}");
        foreach (var note in report.Notes) head.AddRow("note", note);
        foreach (var line in UnreadText.Lines(report)) head.AddRow("note", line);
        var shown = summary.Rows.Take(MaxRows).ToList();
        var what = Math.Max(10, shown.Select(row => row.Kind.Length).DefaultIfEmpty().Max());
        var whose = Math.Max(36, shown.Select(row => row.Name.Length).DefaultIfEmpty().Max());
        var table = new TextTable().Left("what", what).Left("name", whose).Right("count", 12).Right("together", 12).Right("longest", 14)
            .AddHeadings();
        foreach (var row in shown)
            table.AddRow(row.Kind, row.Name, row.Count == 0 ? "" : row.Count.ToString("#,0", CultureInfo.InvariantCulture), $"{row.Total}",
                row.Longest is { } longest ? $"{(row.IsOpen ? "over " : "")}{longest}" : "");
        var more = summary.Rows.Count() - MaxRows;
        return $"{head}\n{table}{(more > 0 ? $"and {more} more: --json has them all\n" : "")}\n" + """
            VERDICT     none: it has durations and no times, so no single delay can be explained. What took as long as the delay that you look for, or
                        longer, may have been in its way.
              would help      a recording with times (docs/recordings.md)

            """;
    }
}
