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
    private string cpu = "";
    private Duration parts;

    public void Read(ReadOnlySpan<byte> line, bool isUnterminated)
    {
        var text = CleanText.Of(line);
        if (text.Trim().Length == 0 || text.TrimStart()[0] is '-') return;
        if (Cpu().Match(text) is { Success: true } hit)
        {
            (cpu, parts) = ($"CPU {hit.Groups["cpu"].Value}: ", Duration.Zero);
            return;
        }
        if (Part().Match(text) is not { Success: true } part || !decimal.TryParse(part.Groups["us"].ValueSpan, NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture, out var microseconds))
        {
            if (!Other().IsMatch(text)) report.Refuse("line of another kind", line);
            return;
        }
        var (name, time) = (part.Groups["name"].Value.Trim(), new Duration((long)(microseconds * 1_000)));
        // Only what has a percentage is a part of the whole; what stands below it is what it is made of.
        var isPart = part.Groups["percent"].Success;
        var isWhole = name.EndsWith("latency", StringComparison.OrdinalIgnoreCase);
        if (isPart && !isWhole) parts += time;
        Tell(isWhole ? "whole" : isPart ? "part" : "of which", name, time);
        if (name.Equals("Thread latency", StringComparison.OrdinalIgnoreCase))
            Tell("part", "unexplained", time > parts ? time - parts : Duration.Zero);
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

    [GeneratedRegex(@"^\s*(?<name>[^\s].*?):?\s+(?<us>\d{1,12}(\.\d{1,6})?) us(\s+\((?<percent>\d{1,3}(\.\d+)?) ?%\))?\s*(in cpu \d+)?\s*$", Fast)]
    private static partial Regex Part();

    [GeneratedRegex(@"stacktrace|->|=>|^\s*(#|rtla|timer|saving|cpu|\d+ )|latency", Fast)]
    private static partial Regex Other();
}
