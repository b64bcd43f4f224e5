using System.Globalization;
using System.Text.RegularExpressions;
using Pcie.Diagnosis.Import.Lines;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Machine;
using Pcie.Time;

namespace Pcie.Diagnosis.Import.Summaries;

/// <summary>What <c>perf sched timehist</c> prints: of each task how long it waited for a processor after it had been woken up.</summary>
internal sealed partial class TimehistImporter(ImportReport report) : ILineImporter
{
    private readonly MachineSummary summary = new();

    public void Read(ReadOnlySpan<byte> line, bool isUnterminated)
    {
        var text = CleanText.Of(line).Trim();
        if (Row().Match(text) is { Success: true } row)
        {
            // The idle task is never woken up.
            if (row.Groups["task"].Value is "<idle>") return;
            if (decimal.TryParse(row.Groups["delay"].ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var delay))
                summary.At("wake-up to run", row.Groups["task"].Value)?.Add(new Duration((long)(delay * 1_000_000)));
        }
        else if (text.Length > 0 && !Other().IsMatch(text)) report.Refuse("line of another kind", line);
    }

    public void Complete()
    {
        report.Summary = summary;
        report.Note("perf sched timehist tells how long tasks waited for a processor (sch delay), an interrupt's thread (irq/42-card) too, and "
            + "nothing of ISRs and softirqs, nor what they waited for: the events that it was made of do (perf script).");
    }

    // "   79371.874603 [0010]  migration/10[59]                    3.350      0.004      0.011"
    [GeneratedRegex(@"^\d+\.\d+ +\[\d+\](?: +[\w|]{1,9}(?= +\S.*\[))?\s+(?<task>\S.{0,60}?)\s+"
        + @"\d{1,12}\.\d+\s+(?<delay>\d{1,12}\.\d{1,9})\s+\d{1,12}\.\d+\b", RegexOptions.CultureInvariant)]
    private static partial Regex Row();

    [GeneratedRegex(@"^(time +cpu|\[tid|-----|Samples |\(msec|Runtime |Total |Idle |Wait|\d+\.\d+ +\[\d+\].*(awakened|migrated))",
        RegexOptions.CultureInvariant)]
    private static partial Regex Other();
}
