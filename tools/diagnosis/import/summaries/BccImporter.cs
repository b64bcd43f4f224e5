using System.Globalization;
using System.Text.RegularExpressions;
using Pcie.Diagnosis.Import.Lines;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Machine;
using Pcie.Time;

namespace Pcie.Diagnosis.Import.Summaries;

/// <summary>
/// What <c>softirqs</c>, <c>hardirqs</c> and <c>runqlat</c> of bcc print, and histograms of the same shape: how often how long, in powers of two, or
/// how long in all.
/// </summary>
internal sealed partial class BccImporter(ImportReport report) : ILineImporter
{
    private readonly MachineSummary summary = new();
    private string kind = "time", name = "(all)";
    private long unit = 1_000;
    private bool hasTotals;

    public void Read(ReadOnlySpan<byte> line, bool isUnterminated)
    {
        var text = CleanText.Of(line).Trim();
        if (text.Length == 0 || text == "^C") return;
        if (Tracing().Match(text) is { Success: true } tracing) kind = tracing.Groups["what"].Value;
        else if (Section().Match(text) is { Success: true } section) (kind, name) = (section.Groups["kind"].Value, section.Groups["name"].Value);
        else if (Head().Match(text) is { Success: true } head) unit = UnitOf(head.Groups["unit"].Value);
        else if (Totals().Match(text) is { Success: true } totals)
        {
            (kind, unit) = (totals.Groups["kind"].Value.ToLowerInvariant(), UnitOf(totals.Groups["unit"].Value));
            hasTotals = true;
        }
        else if (Bin().Match(text) is { Success: true } bin) ReadBin(bin);
        else if (hasTotals && Total().Match(text) is { Success: true } total)
        {
            if (summary.At(kind, total.Groups["name"].Value) is not { } row) return;
            if (total.Groups["count"].Success) row.Count = ValueOf(total.Groups["count"]);
            row.Total = TimeOf(ValueOf(total.Groups["value"]));
        }
        else if (!Clock().IsMatch(text)) report.Refuse("line of another kind", line);
    }

    public void Complete()
    {
        report.Summary = summary;
        report.Note("bcc's tables add up: how often how long, or how long in all, not when, nor whom it delayed. Bins are powers of two: the longest "
            + "is less than the end of the highest that is not empty. softirqs and hardirqs time the handlers, not the waits.");
    }

    private void ReadBin(Match bin)
    {
        if (ValueOf(bin.Groups["count"]) is not (> 0 and var count) || summary.At(kind, name) is not { } row) return;
        row.Count += count;
        // Whole numbers: what lies in 4 -> 7 is less than 8.
        var to = TimeOf(ValueOf(bin.Groups["to"]) + 1);
        if (row.Longest is not { } longest || longest < to) row.Longest = to;
    }

    private Duration TimeOf(long value) => new(Math.Min(value, long.MaxValue / 2 / unit) * unit);

    private static long UnitOf(string word) => word.ToLowerInvariant() switch { "nsecs" or "ns" => 1, "msecs" or "ms" => 1_000_000, _ => 1_000 };

    private static long ValueOf(Group number) =>
        long.TryParse(number.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;

    [GeneratedRegex(@"^Tracing (?<what>.{1,60}?)( event)? time\.\.\.|^Tracing (?<what>run queue latency)\.\.\.", RegexOptions.CultureInvariant)]
    private static partial Regex Tracing();

    [GeneratedRegex(@"^(?<kind>softirq|hardirq|pid|cpu|tid) = (?<name>.{1,100})$", RegexOptions.CultureInvariant)]
    private static partial Regex Section();

    [GeneratedRegex(@"^(?<unit>nsecs|usecs|msecs) +: count( +distribution)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Head();

    [GeneratedRegex(@"^(?<kind>SOFTIRQ|HARDIRQ)( +\w+)* +TOTAL_(?<unit>nsecs|usecs|msecs)$", RegexOptions.CultureInvariant)]
    private static partial Regex Totals();

    [GeneratedRegex(@"^\d{1,18} -> (?<to>\d{1,18}) *: (?<count>\d{1,18})( *\|[* ]*\|?)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Bin();

    [GeneratedRegex(@"^(?<name>\S{1,100})( +(?<count>\d{1,18}))? +(?<value>\d{1,18})$", RegexOptions.CultureInvariant)]
    private static partial Regex Total();

    [GeneratedRegex(@"^(\d\d:\d\d:\d\d|Detaching|Hit Ctrl-C)", RegexOptions.CultureInvariant)]
    private static partial Regex Clock();
}
