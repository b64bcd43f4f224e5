using Pcie.Diagnosis.Import.Etw;
using Pcie.Diagnosis.Import.Ftrace;
using Pcie.Diagnosis.Import.Lines;
using Pcie.Diagnosis.Import.Results;

namespace Pcie.Diagnosis.Import;

/// <summary>Finds a recording's format by how it begins.</summary>
internal static class RecordingSniffer
{
    /// <param name="sample">The beginning of the text; its last line may be cut off.</param>
    /// <param name="isOneProcessor">Of a Linux text: no line names a processor.</param>
    public static RecordingFormat? FormatOf(ReadOnlySpan<byte> sample, out bool isOneProcessor)
    {
        isOneProcessor = false;
        if (sample.IndexOf("BeginHeader"u8) >= 0) return RecordingFormat.XperfDumper;
        if (sample.IndexOf(" routine execution time ("u8) >= 0 || sample.IndexOf("Highest measured interrupt to "u8) >= 0
            || sample.IndexOf(" count (execution time "u8) >= 0) return RecordingFormat.LatencyMon;
        if (sample.IndexOf("hit stop tracing, analyzing it"u8) >= 0) return RecordingFormat.RtlaTimerlat;
        if (sample.IndexOf("IRQ Timer Latency ("u8) >= 0 || sample.IndexOf("# RTLA "u8) >= 0 || sample.IndexOf("Operating System Noise\n"u8) >= 0
            || sample.IndexOf("Hardware-related Noise"u8) >= 0) return RecordingFormat.RtlaTable;
        if (sample.IndexOf("# tracer: function_graph"u8) >= 0) return RecordingFormat.FunctionGraph;
        if (sample.IndexOf(" latency trace v"u8) >= 0 && IsOfLatencyTracer(sample)) return RecordingFormat.LatencyTracer;
        if (sample.IndexOf("sch delay"u8) >= 0 && sample.IndexOf("run time"u8) >= 0) return RecordingFormat.SchedTimehist;
        if (sample.IndexOf("# Max Latencies:"u8) >= 0 || (sample.IndexOf(" Min:"u8) >= 0 && sample.IndexOf(" Act:"u8) >= 0
            && sample.IndexOf(" Max:"u8) >= 0)) return RecordingFormat.Cyclictest;
        if (sample.IndexOf("TOTAL_usecs"u8) >= 0 || sample.IndexOf("TOTAL_nsecs"u8) >= 0
            || ((sample.IndexOf("usecs "u8) >= 0 || sample.IndexOf("nsecs "u8) >= 0 || sample.IndexOf("msecs "u8) >= 0)
                && sample.IndexOf(": count"u8) >= 0 && sample.IndexOf(" -> "u8) >= 0)) return RecordingFormat.Bcc;
        if (sample.IndexOf("CPU Usage Summing By Module"u8) >= 0 || sample.IndexOf("\nElapsed Time, >"u8) >= 0) return RecordingFormat.XperfDpcIsr;
        if (HasTable(sample)) return RecordingFormat.EtwTable;
        if (IsOfOsnoiseTracer(sample)) return null;
        if (FtraceFormatOf(sample, isOneProcessor: false) is { } linux) return linux;
        isOneProcessor = true;
        if (FtraceFormatOf(sample, isOneProcessor: true) is { } ofOne) return ofOne;
        isOneProcessor = false;
        // The word alone may be somebody's who writes of it.
        return sample.IndexOf("# tracer:"u8) >= 0 ? RecordingFormat.Ftrace : sample.IndexOf("LatencyMon"u8) >= 0 ? RecordingFormat.LatencyMon : null;
    }

    /// <summary>What is no recording, and often taken for one: what it is, and what to record instead; null if it is none of those.</summary>
    public static string? KnownOther(ReadOnlySpan<byte> sample)
    {
        var (what, says) = sample switch
        {
            _ when sample.IndexOf("Local timer interrupts"u8) >= 0 || (sample.IndexOf("CPU0"u8) >= 0 && sample.IndexOf("IO-APIC"u8) >= 0)
                => ("/proc/interrupts", "counts interrupts since the machine started, and says neither when any came nor how long it took"),
            _ when sample.IndexOf("NET_RX:"u8) >= 0 && sample.IndexOf("CPU0"u8) >= 0
                => ("/proc/softirqs", "counts softirqs since the machine started, and says neither when any ran nor how long it waited"),
            _ when IsOfOsnoiseTracer(sample)
                => ("a report of the osnoise tracer", "adds up what disturbed its own threads, a period at a time, and says nothing of any wait"),
            _ when sample.IndexOf("|@@@"u8) >= 0 => ("a histogram of bpftrace's", "counts how often how long, and says neither when nor of what"),
            _ => ("", ""),
        };
        return what.Length == 0 ? null : $"{what}, which {says}: no wait can be told. To explain one, {UnreadText.ToRecord(RecordingFormat.Ftrace)}.";
    }

    // With its events (osnoise:irq_noise and the like) it is a recording.
    private static bool IsOfOsnoiseTracer(ReadOnlySpan<byte> sample) => sample.IndexOf("# tracer: osnoise"u8) >= 0
        && sample.IndexOf("Interference counters"u8) >= 0 && sample.IndexOf("_noise:"u8) < 0 && sample.IndexOf("softirq_"u8) < 0
        && sample.IndexOf("irq_handler_"u8) < 0;

    // Events of other kinds among its lines are a recording.
    private static bool IsOfLatencyTracer(ReadOnlySpan<byte> sample) => (sample.IndexOf("# tracer: irqsoff"u8) >= 0
        || sample.IndexOf("# tracer: preempt"u8) >= 0 || sample.IndexOf("# tracer: wakeup"u8) >= 0)
        && sample.IndexOf("softirq_entry"u8) < 0 && sample.IndexOf("irq_handler_entry"u8) < 0;

    private static RecordingFormat? FtraceFormatOf(ReadOnlySpan<byte> sample, bool isOneProcessor)
    {
        var (pasted, broken) = (new PastedLine(), new BrokenLine());
        foreach (var range in sample.Split((byte)'\n'))
        {
            var text = broken.Joined(pasted.Of(sample[range]).TrimEnd((byte)'\r'));
            if (broken.TryHold(text)) continue;
            if (FtraceLine.TryParse(text, isOneProcessor, out var line)
                && (!(isOneProcessor || line.IsTicks) || line.Event.StartsWith("softirq_"u8) || line.Event.StartsWith("irq_handler_"u8)))
                return line.IsFtrace ? RecordingFormat.Ftrace : RecordingFormat.PerfScript;
        }
        return null;
    }

    // Its head is among the first lines.
    private static bool HasTable(ReadOnlySpan<byte> sample)
    {
        var pasted = new PastedLine(keepsTabs: true);
        var lines = 0;
        foreach (var range in sample.Split((byte)'\n'))
        {
            if (lines++ == 200) return false;
            if (sample[range].IndexOf("Time"u8) >= 0 && EtwTableImporter.IsHead(pasted.Of(sample[range]).TrimEnd((byte)'\r'))) return true;
        }
        return false;
    }
}
