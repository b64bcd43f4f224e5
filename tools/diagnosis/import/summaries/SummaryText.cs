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
        var table = new TextTable().Left("what", 10).Left("name", 36).Right("count", 12).Right("together", 12).Right("longest", 14).AddHeadings();
        foreach (var row in summary.Rows.Take(MaxRows))
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
