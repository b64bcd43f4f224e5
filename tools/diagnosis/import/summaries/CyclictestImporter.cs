using System.Globalization;
using System.Text.RegularExpressions;
using Pcie.Diagnosis.Import.Lines;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Machine;
using Pcie.Time;

namespace Pcie.Diagnosis.Import.Summaries;

/// <summary>
/// What <c>cyclictest</c> prints: of each of its threads how often it woke up, and how much too late at the most. Of a screen that was printed again
/// and again, the last counts; of a histogram (<c>-h</c>) its foot.
/// </summary>
internal sealed partial class CyclictestImporter(ImportReport report) : ILineImporter
{
    private const string Wakeup = "wake-up";

    private readonly MachineSummary summary = new();

    public void Read(ReadOnlySpan<byte> line, bool isUnterminated)
    {
        var text = CleanText.Of(line).Trim();
        if (Thread().Match(text) is { Success: true } thread)
        {
            if (RowOf(thread.Groups["thread"].Value) is not { } row) return;
            (row.Count, row.Longest) = (ValueOf(thread.Groups["count"].Value), Microseconds(thread.Groups["max"].Value));
        }
        else if (Foot().Match(text) is { Success: true } foot)
        {
            var values = foot.Groups["value"].Captures;
            for (var i = 0; i < values.Count; i++)
            {
                if (RowOf($"{i}") is not { } row) return;
                if (foot.Groups["what"].Value[0] is 'M' or 'm') row.Longest = Microseconds(values[i].Value);
                else row.Count = ValueOf(values[i].Value);
            }
        }
        else if (Overflows().Match(text) is { Success: true } overflows && overflows.Groups["value"].Captures.Any(value => ValueOf(value.Value) > 0))
            report.Note($"Some were longer than the histogram reaches ({text.TrimStart('#', ' ')}); the longest are right all the same.");
        else if (text.Length > 0 && !Other().IsMatch(text)) report.Refuse("line of another kind", line);
    }

    public void Complete()
    {
        report.Summary = summary;
        report.Note("cyclictest tells how late its own timer's threads woke up, not your device's interrupts or softirqs, and neither when nor why. "
            + "Its figures are taken for microseconds (with -N they are nanoseconds, which it does not say).");
    }

    private SummaryRow? RowOf(string thread) => summary.At(Wakeup, $"thread {thread.TrimStart('0').PadLeft(1, '0')}");

    private static long ValueOf(string number) => long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;

    private static Duration Microseconds(string number) => Duration.FromMicroseconds(Math.Min(ValueOf(number), long.MaxValue / 2_000));

    // "T: 0 ( 1820) P:80 I:1000 C:  60000 Min:      3 Act:    7 Avg:    6 Max:      42"
    [GeneratedRegex(@"^T: *(?<thread>\d{1,5}) *\( *\d+\) *P: *\d+ +I: *\d+ +C: *(?<count>\d{1,18}) +Min: *-?\d+ +Act: *-?\d+ +Avg: *-?\d+ +"
        + @"Max: *(?<max>\d{1,18})", RegexOptions.CultureInvariant)]
    private static partial Regex Thread();

    [GeneratedRegex(@"^# (?<what>Total|Max Latencies): *(?<value>\d{1,18})(?:\s+(?<value>\d{1,18}))*\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Foot();

    [GeneratedRegex(@"^# Histogram Overflows: *(?<value>\d{1,18})(?:\s+(?<value>\d{1,18}))*\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Overflows();

    [GeneratedRegex(@"^(#|\d+(\s+\d+)+$|policy:|WARN|INFO|\$ )", RegexOptions.CultureInvariant)]
    private static partial Regex Other();
}
