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
        if (sample.IndexOf("IRQ Timer Latency ("u8) >= 0 || sample.IndexOf("# RTLA "u8) >= 0 || sample.IndexOf("Operating System Noise\n"u8) >= 0)
            return RecordingFormat.RtlaTable;
        if (sample.IndexOf("# tracer: function_graph"u8) >= 0) return RecordingFormat.FunctionGraph;
        if (sample.IndexOf("CPU Usage Summing By Module"u8) >= 0 || sample.IndexOf("\nElapsed Time, >"u8) >= 0) return RecordingFormat.XperfDpcIsr;
        if (HasTable(sample)) return RecordingFormat.EtwTable;
        if (FtraceFormatOf(sample, isOneProcessor: false) is { } linux) return linux;
        isOneProcessor = true;
        if (FtraceFormatOf(sample, isOneProcessor: true) is { } ofOne) return ofOne;
        isOneProcessor = false;
        // The word alone may be somebody's who writes of it.
        return sample.IndexOf("# tracer:"u8) >= 0 ? RecordingFormat.Ftrace : sample.IndexOf("LatencyMon"u8) >= 0 ? RecordingFormat.LatencyMon : null;
    }

    private static RecordingFormat? FtraceFormatOf(ReadOnlySpan<byte> sample, bool isOneProcessor)
    {
        var pasted = new PastedLine();
        foreach (var range in sample.Split((byte)'\n'))
            if (FtraceLine.TryParse(pasted.Of(sample[range]).TrimEnd((byte)'\r'), isOneProcessor, out var line)
                && (!(isOneProcessor || line.IsTicks) || line.Event.StartsWith("softirq_"u8) || line.Event.StartsWith("irq_handler_"u8)))
                return line.IsFtrace ? RecordingFormat.Ftrace : RecordingFormat.PerfScript;
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
