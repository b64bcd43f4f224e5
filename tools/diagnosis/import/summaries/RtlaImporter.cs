using System.Globalization;
using System.Text.RegularExpressions;
using Pcie.Diagnosis.Import.Lines;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Machine;
using Pcie.Time;

namespace Pcie.Diagnosis.Import.Summaries;

/// <summary>
/// The analysis that <c>rtla timerlat</c> prints when a latency was too long: what the thread of one processor waited for. What its parts leave of
/// the whole, which it does not print, is told as unexplained.
/// </summary>
internal sealed partial class RtlaImporter(ImportReport report) : ILineImporter
{
    private readonly MachineSummary summary = new();
    private string cpu = "", toldBefore = "";
    private Duration parts;

    public void Read(ReadOnlySpan<byte> line, bool isUnterminated)
    {
        var text = CleanText.Of(line);
        if (text.Trim().Length == 0 || text.TrimStart()[0] is '-') return;
        if (Cpu().Match(text) is { Success: true } hit)
        {
            (cpu, parts, toldBefore) = ($"CPU {hit.Groups["cpu"].Value}: ", Duration.Zero, "");
            return;
        }
        if (Part().Match(text) is not { Success: true } part || !decimal.TryParse(part.Groups["us"].ValueSpan, NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture, out var microseconds))
        {
            if (!Other().IsMatch(text)) report.Refuse("line of another kind", line);
            return;
        }
        var name = string.Join(' ', part.Groups["name"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var time = new Duration((long)(microseconds * 1_000));
        if (part.Groups["of"].Success)
        {
            summary.At("whole", $"CPU {part.Groups["of"].Value}: {name}")?.Add(time);
            return;
        }
        // Only what has a percentage is a part of the whole; what stands below it is what it is made of. What stopped it comes last, as the whole.
        var hasPercent = part.Groups["percent"].Success;
        var isWhole = name.EndsWith("latency", StringComparison.OrdinalIgnoreCase);
        if (hasPercent && !isWhole) parts += time;
        if (!isWhole) Tell(hasPercent ? "part" : "of which", name, time);
        // The IRQ's has been told before, without its percentage, if it is what stopped it.
        else if (!hasPercent || !name.Equals(toldBefore, StringComparison.OrdinalIgnoreCase)) Tell("whole", name, time);
        if (isWhole && !hasPercent) toldBefore = name;
        if (isWhole && hasPercent) Tell("part", "unexplained", time > parts ? time - parts : Duration.Zero);
    }

    public void Complete()
    {
        report.Summary = summary;
        report.Note("rtla's analysis is of one delay of its own timer's thread, not of your device's. Percentages are of that delay.");
    }

    private void Tell(string kind, string name, Duration time) => summary.At(kind, cpu + name)?.Add(time);

    private const RegexOptions Fast = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;

    [GeneratedRegex(@"## +CPU +(?<cpu>\d{1,5}) hit stop tracing", Fast)]
    private static partial Regex Cpu();

    [GeneratedRegex(@"^\s*(?<name>[^\s].*?):?\s+(?<us>\d{1,12}(\.\d{1,6})?) us(\s+\((?<percent>\d{1,3}(\.\d+)?) ?%\))?\s*"
        + @"(in cpu (?<of>\d{1,5}))?\s*$", Fast)]
    private static partial Regex Part();

    [GeneratedRegex(@"stack ?trace|->|=>|^\s*(#|rtla|timer|saving|cpu|printing|blocking thread:|\[\d+\]|\d+ )|latency"
        + @"|^\s*\S.*:\d+\s*$", Fast)]
    private static partial Regex Other();
}
