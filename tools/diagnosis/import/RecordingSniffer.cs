using Pcie.Diagnosis.Import.Ftrace;
using Pcie.Diagnosis.Import.Results;

namespace Pcie.Diagnosis.Import;

/// <summary>Finds a recording's format by how it begins.</summary>
internal static class RecordingSniffer
{
    /// <param name="sample">The beginning of the text; its last line may be cut off.</param>
    public static RecordingFormat? FormatOf(ReadOnlySpan<byte> sample)
    {
        if (sample.IndexOf("BeginHeader"u8) >= 0) return RecordingFormat.XperfDumper;
        if (sample.IndexOf("LatencyMon"u8) >= 0 || sample.IndexOf("Highest measured interrupt to process latency"u8) >= 0)
            return RecordingFormat.LatencyMon;
        if (sample.StartsWith("# tracer:"u8)) return RecordingFormat.Ftrace;
        foreach (var range in sample.Split((byte)'\n'))
            if (FtraceLine.TryParse(sample[range], out var line)) return line.IsFtrace ? RecordingFormat.Ftrace : RecordingFormat.PerfScript;
        return null;
    }
}
