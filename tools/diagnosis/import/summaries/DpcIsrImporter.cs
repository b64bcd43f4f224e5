using System.Globalization;
using System.Text.RegularExpressions;
using Pcie.Diagnosis.Import.Lines;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Machine;
using Pcie.Time;

namespace Pcie.Diagnosis.Import.Summaries;

/// <summary>
/// The report of <c>xperf -a dpcisr</c>: of ISRs and of DPCs, what each module took of each processor, and how many of its took how long, in bins of
/// powers of two.
/// </summary>
internal sealed partial class DpcIsrImporter(ImportReport report) : ILineImporter
{
    private const string All = "(all modules)";

    private readonly MachineSummary summary = new();
    private string kind = "DPC", module = All;

    public void Read(ReadOnlySpan<byte> line, bool isUnterminated)
    {
        var text = CleanText.Of(line);
        if (text.Trim().Length == 0 || text.TrimStart()[0] is '-' or '=') return;
        if (text.StartsWith("DPC Info", StringComparison.OrdinalIgnoreCase)) (kind, module) = ("DPC", All);
        else if (text.StartsWith("Interrupt Info", StringComparison.OrdinalIgnoreCase)) (kind, module) = ("ISR", All);
        else if (Span().Match(text) is { Success: true } span) summary.Span = Microseconds(span.Groups["to"]) - Microseconds(span.Groups["from"]);
        else if (Of().Match(text) is { Success: true } of)
        {
            module = of.Groups["module"].Success ? of.Groups["module"].Value : All;
            if (summary.At(kind, module) is { } row) row.Count = (long)Number(of.Groups["total"]);
        }
        else if (Bin().Match(text) is { Success: true } bin) ReadBin(bin);
        else if (Usage().Match(text) is { Success: true } usage) ReadUsage(usage);
        else if (LossLine.TryRead(line, out var loss) && loss.What != LossLine.Kind.Nothing)
            report.Note($"The recording lost events: {text.Trim()}");
        else if (!Head().IsMatch(text)) report.Refuse("line of another kind", line);
    }

    public void Complete()
    {
        report.Summary = summary;
        report.Note("xperf -a dpcisr adds up: it says which modules took long, not when, nor whom it delayed. Its bins are powers of two.");
    }

    private void ReadBin(Match bin)
    {
        if (Number(bin.Groups["count"]) == 0 || summary.At(kind, module) is not { } row) return;
        var to = bin.Groups["to"].Success ? Microseconds(bin.Groups["to"]) : Microseconds(bin.Groups["from"]);
        if (row.Longest is { } longest && longest > to) return;
        (row.Longest, row.IsOpen) = (to, !bin.Groups["to"].Success);
    }

    private void ReadUsage(Match usage)
    {
        if (summary.At(kind, usage.Groups["module"].Value.Trim(' ', '"')) is not { } row) return;
        var sum = usage.Groups["usec"].Captures.Sum(capture => (long)Number(capture));
        row.Total = Duration.FromMicroseconds(Math.Min(sum, long.MaxValue / 2_000));
    }

    private static Duration Microseconds(Group number) => Duration.FromMicroseconds((long)Math.Min(Number(number), long.MaxValue / 2_000));

    private static decimal Number(Capture number) =>
        decimal.TryParse(number.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) ? value : 0;

    private const RegexOptions Fast = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    [GeneratedRegex(@"^\s*CPU Usage from (?<from>\d{1,18}) us to (?<to>\d{1,18}) us", Fast)]
    private static partial Regex Span();

    [GeneratedRegex(@"^\s*Total = (?<total>\d{1,15})( for module (?<module>.+?))?\s*$", Fast)]
    private static partial Regex Of();

    [GeneratedRegex(@"^\s*Elapsed Time, > *(?<from>\d{1,15}) usecs( AND <= *(?<to>\d{1,15}) usecs)?, *(?<count>\d{1,15}),", Fast)]
    private static partial Regex Bin();

    // "      120   0.00,         0   0.00, carddrv.sys"
    [GeneratedRegex(@"^( *(?<usec>\d{1,15}) +\d{1,4}\.\d+,){1,4096} *(?<module>[^\d\s,:][^,]*)$", Fast)]
    private static partial Regex Usage();

    [GeneratedRegex(@"^\s*(CPU \d+ Usage|CPU Usage|usec|Total,|All Module|Usage From|Start \(ms\)|,|\d+-\d+|Distribution|\[|xperf|\d+ *[,:])", Fast)]
    private static partial Regex Head();
}
