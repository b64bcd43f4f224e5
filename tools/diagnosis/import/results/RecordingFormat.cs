namespace Pcie.Diagnosis.Import.Results;

/// <summary>The kinds of recording that are understood.</summary>
public enum RecordingFormat
{
    /// <summary>Linux: ftrace's text (<c>trace</c>, <c>trace-cmd report</c>), timerlat and osnoise lines included.</summary>
    Ftrace,
    /// <summary>Linux: <c>perf script</c>.</summary>
    PerfScript,
    /// <summary>Windows: <c>xperf -a dumper</c>.</summary>
    XperfDumper,
    /// <summary>Windows: a LatencyMon text report. A summary: it has no intervals.</summary>
    LatencyMon,
}
