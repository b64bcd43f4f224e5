using System.Globalization;
using System.Text.RegularExpressions;
using Pcie.Diagnosis.Import.Lines;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Machine;
using Pcie.Time;

namespace Pcie.Diagnosis.Import.Summaries;

/// <summary>
/// The report of one of ftrace's latency tracers (<c>irqsoff</c>, <c>preemptoff</c>, <c>preemptirqsoff</c>, <c>wakeup</c>, <c>wakeup_rt</c>,
/// <c>wakeup_dl</c>): the longest that there was, on which processor, and between which functions.
/// </summary>
internal sealed partial class LatencyTracerImporter(ImportReport report) : ILineImporter
{
    private readonly MachineSummary summary = new();
    private string tracer = "", cpu = "", task = "", from = "", to = "";
    private Duration? latency;

    public void Read(ReadOnlySpan<byte> line, bool isUnterminated)
    {
        var text = CleanText.Of(line).Trim();
        if (Head().Match(text) is not { Success: true } head) return;
        if (head.Groups["tracer"].Success)
        {
            Tell();
            tracer = head.Groups["tracer"].Value;
        }
        else if (head.Groups["us"].Success)
        {
            var us = long.Parse(head.Groups["us"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
            (latency, cpu) = (Duration.FromMicroseconds(Math.Min(us, long.MaxValue / 2_000)), head.Groups["cpu"].Value);
        }
        else if (head.Groups["task"].Success) task = head.Groups["task"].Value;
        else if (head.Groups["from"].Success) from = head.Groups["from"].Value;
        else to = head.Groups["to"].Value;
    }

    public void Complete()
    {
        Tell();
        report.Summary = summary;
        report.Note("A latency tracer keeps the longest time that there was, no other. The lines below its head are of that one, and are not read.");
    }

    private void Tell()
    {
        if (latency is { } longest && summary.At(KindOf(tracer), NameOf()) is { } row) row.Longest = longest;
        (latency, cpu, task, from, to) = (null, "", "", "", "");
    }

    private string NameOf() => (from.Length > 0 ? $"{from} to {(to.Length > 0 ? to : "?")}" : task.Length > 0 ? task : "(not said)")
        + (cpu.Length > 0 ? $" on CPU {cpu}" : "");

    private static string KindOf(string tracer) => tracer switch
    {
        "irqsoff" => "interrupts off",
        "preemptoff" => "preemption off",
        "preemptirqsoff" => "interrupts or preemption off",
        _ => "wake-up to run",
    };

    [GeneratedRegex(@"^#\s+(?:tracer: (?<tracer>\w+)|latency: (?<us>\d{1,15}) us(?:.*CPU#(?<cpu>\d{1,5}))?|\| task: (?<task>\S{1,80})"
        + @"|=> started at: *(?<from>\S{1,100})|=> ended at: *(?<to>\S{1,100}))", RegexOptions.CultureInvariant)]
    private static partial Regex Head();
}
