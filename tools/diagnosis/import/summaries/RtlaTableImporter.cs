using System.Globalization;
using System.Text.RegularExpressions;
using Pcie.Diagnosis.Import.Lines;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Machine;
using Pcie.Time;

namespace Pcie.Diagnosis.Import.Summaries;

/// <summary>
/// The tables of <c>rtla timerlat top</c> and <c>hist</c>, and <c>rtla osnoise top</c> and <c>hist</c>: of each processor how often, and the longest.
/// Of a screen that was printed again and again, the last counts.
/// </summary>
internal sealed partial class RtlaTableImporter(ImportReport report) : ILineImporter
{
    // As timerlat_top.c names its groups, from the left.
    private static readonly string[] Latencies = ["IRQ latency", "thread latency", "return to user latency"];

    private readonly MachineSummary summary = new();
    private string[] columns = [];
    private long unit = 1_000;

    public void Read(ReadOnlySpan<byte> line, bool isUnterminated)
    {
        var text = CleanText.Of(line).Trim();
        if (text.Length == 0) return;
        if (Unit().Match(text) is { Success: true } told) unit = told.Groups["ns"].Success ? 1 : 1_000;
        var cells = text.Split((char[])[' ', '|'], StringSplitOptions.RemoveEmptyEntries);
        if (text.StartsWith("Index", StringComparison.Ordinal)) columns = cells[1..];
        else if (cells[0] is "count:" or "max:") ReadHistogram(cells);
        else if (Top().Match(text) is { Success: true } top) ReadTop(top);
        else if (!Other().IsMatch(text)) report.Refuse("line of another kind", line);
    }

    public void Complete()
    {
        report.Summary = summary;
        report.Note("rtla's tables are of its own threads, not of your device's, and say how long, not when.");
    }

    private void ReadHistogram(string[] cells)
    {
        if (cells.Length != columns.Length + 1) return;
        for (var i = 0; i < columns.Length; i++)
        {
            if (!long.TryParse(cells[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var value)) continue;
            var name = columns[i].Split('-');
            var kind = name[0] switch { "IRQ" => Latencies[0], "Thr" => Latencies[1], "Usr" => Latencies[2], _ => "noise" };
            Tell(kind, name[^1], cells[0] == "count:" ? value : null, cells[0] == "max:" ? value : null);
        }
    }

    private void ReadTop(Match top)
    {
        var count = ValueOf(top.Groups["count"]);
        var groups = top.Groups["figures"].Value.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var cpu = top.Groups["cpu"].Value;
        if (top.Groups["bar"].Success)
        {
            for (var i = 0; i < Math.Min(groups.Length, Latencies.Length); i++)
                if (Numbers(groups[i]) is [.., { } max]) Tell(Latencies[i], cpu, count, max);
        }
        // Runtime, noise, share, longest of a period, longest single.
        else if (Numbers(top.Groups["figures"].Value) is [_, { } noise, _, { } most, { } single, ..])
        {
            if (Tell("noise of a period", cpu, count, most) is { } row) row.Total = TimeOf(noise);
            Tell("one noise", cpu, null, single);
        }
    }

    private SummaryRow? Tell(string kind, string cpu, long? count, long? longest)
    {
        if (summary.At(kind, cpu == "ALL" ? "all CPUs" : $"CPU {cpu.TrimStart('0').PadLeft(1, '0')}") is not { } row) return null;
        row.Count = count ?? row.Count;
        if (longest is { } most) row.Longest = TimeOf(most);
        return row;
    }

    private Duration TimeOf(long value) => new(Math.Min(value, long.MaxValue / 1_000) * unit);

    // A share has a point; what was not measured is a dash.
    private static long?[] Numbers(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(cell => long.TryParse(cell, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : (long?)null)];

    private static long ValueOf(Group number) =>
        long.TryParse(number.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;

    private const RegexOptions Fast = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;

    [GeneratedRegex(@"time (is in|unit is) ((?<ns>ns|nanoseconds)|us|microseconds)\b|latency \(((?<ns>ns)|us)\)", Fast)]
    private static partial Regex Unit();

    // "  0 #9999      |        1         0         1        15 |        8         2         7        34", "ALL #19998 e0 | ..."
    [GeneratedRegex(@"^(?<cpu>\d{1,5}|ALL) +#(?<count>\d{1,18})( +e\d+)?(?<figures>( *(?<bar>\|))?[\d .|-]+)$", Fast)]
    private static partial Regex Top();

    [GeneratedRegex(@"^(#|[|-]|CPU |RTLA|Timer Latency|Operating System Noise|Hardware-related Noise|duration:|\d+ \d+:\d\d:\d\d"
        + @"|(over|min|avg):|\d+( +\d+)+$|ALL:|.*latency \()", Fast)]
    private static partial Regex Other();
}
