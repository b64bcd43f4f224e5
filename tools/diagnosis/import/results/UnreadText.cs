using System.Globalization;

namespace Pcie.Diagnosis.Import.Results;

/// <summary>What of a recording was not read, in words: nobody shall take for the whole what is a part.</summary>
public static class UnreadText
{
    /// <summary>A line whose time is a count, of which nobody said how many a second has.</summary>
    internal const string Ticks = "line whose time counts ticks of a trace clock";

    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>For a file of which nothing was read.</summary>
    public static string Refusal(string name, ImportReport report)
    {
        var kinds = report.NotUnderstood.Select(kind => Kind(kind.Key, kind.Value))
            .Concat(report.Skipped.Where(kind => !report.NotUnderstood.ContainsKey(kind.Key)).Select(kind => Count(kind.Value, kind.Key)));
        var counts = report.Skipped.ContainsKey(Ticks)
            ? " The clock's ticks are told, and not how many a second has: say it by --clock-rate (of x86-tsc the TSC's frequency, of uptime 100, of "
                + "--raw-ts mostly 1GHz; counter has no time), or record with trace-cmd record -C mono." : "";
        return string.Create(Culture, $"{name}: of its {report.Lines:#,0} lines, taken for {NameOf(report.Format)}, no event was read")
            + $"{(report.Skipped.Count == 0 ? "" : $" ({string.Join("; ", kinds)})")}. Expected {Expected(report.Format)}.{counts}";
    }

    /// <summary>A line for each kind that gave nothing.</summary>
    public static IEnumerable<string> Lines(ImportReport report)
    {
        if (report.NotUnderstood.Count > 0)
            yield return string.Create(Culture, $"understood {report.Understood:#,0} of {report.Lines:#,0} lines");
        foreach (var (kind, lines) in report.NotUnderstood) yield return $"not understood: {Kind(kind, lines)}";
        foreach (var (reason, count) in report.Skipped)
            if (!report.NotUnderstood.ContainsKey(reason)) yield return $"not used: {Count(count, reason)}";
    }

    /// <summary>What to record so that waits can be told.</summary>
    public static string ToRecord(RecordingFormat format) => format
        is RecordingFormat.XperfDumper or RecordingFormat.EtwTable or RecordingFormat.XperfDpcIsr
        ? "record with xperf -on PROC_THREAD+LOADER+CSWITCH+DPC+INTERRUPT+WDF_DPC+WDF_INTERRUPT+PROFILE, and name your driver's by --isr and --dpc"
        : "record softirq_raise, softirq_entry and softirq_exit, and irq_handler_entry and _exit with them (trace-cmd record -e irq -e irq_vectors "
            + "-e sched:sched_switch -e sched:sched_waking)";

    private static string Expected(RecordingFormat format) => format switch
    {
        RecordingFormat.EtwTable => "rows of DPCs and ISRs under the head: " + ToRecord(format),
        RecordingFormat.XperfDpcIsr or RecordingFormat.RtlaTimerlat or RecordingFormat.RtlaTable
            or RecordingFormat.FunctionGraph or RecordingFormat.Cyclictest or RecordingFormat.Bcc or RecordingFormat.SchedTimehist
            or RecordingFormat.LatencyTracer => "the text as the tool wrote it",
        RecordingFormat.XperfDumper => "rows of Interrupt and DPC after the head: " + ToRecord(format),
        _ => "lines such as \"task-12 [001] d.h. 1719.357654: softirq_entry: vec=4 [action=BLOCK]\": " + ToRecord(format),
    };

    private static string NameOf(RecordingFormat format) => format switch
    {
        RecordingFormat.XperfDumper => "xperf's dumper",
        RecordingFormat.PerfScript => "perf script's",
        RecordingFormat.EtwTable => "a table of DPCs and ISRs",
        RecordingFormat.XperfDpcIsr => "a report of xperf -a dpcisr",
        RecordingFormat.RtlaTimerlat => "an analysis of rtla",
        RecordingFormat.RtlaTable => "a table of rtla's",
        RecordingFormat.Cyclictest => "cyclictest's",
        RecordingFormat.Bcc => "a table of bcc's",
        RecordingFormat.SchedTimehist => "perf sched timehist's",
        RecordingFormat.LatencyTracer => "a latency tracer's",
        _ => "ftrace's",
    };

    private static string Kind(string kind, NotRead lines) =>
        Count(lines.Count, kind) + string.Create(Culture, $", as line {lines.Line:#,0}: {lines.Example}");

    private static string Count(long count, string reason) => string.Create(Culture, $"{count:#,0} x {reason}");
}
