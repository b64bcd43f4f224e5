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
    /// <summary>Windows: a table of DPCs and ISRs that Windows Performance Analyzer exported, or <c>tracerpt -of CSV</c>.</summary>
    EtwTable,
    /// <summary>Windows: <c>xperf -a dpcisr</c>. A summary: how long each module took, and how often how long.</summary>
    XperfDpcIsr,
    /// <summary>Linux: the analysis of <c>rtla timerlat</c>. A summary of one delay.</summary>
    RtlaTimerlat,
    /// <summary>Linux: the tables of <c>rtla timerlat</c> and <c>rtla osnoise</c>. A summary: how often, and the longest.</summary>
    RtlaTable,
    /// <summary>Linux: ftrace's <c>function_graph</c>. A summary: how long functions took.</summary>
    FunctionGraph,
    /// <summary>Linux: <c>cyclictest</c>. A summary: how late its threads woke up at the most.</summary>
    Cyclictest,
    /// <summary>Linux: <c>softirqs</c>, <c>hardirqs</c> and <c>runqlat</c> of bcc. A summary: how often how long.</summary>
    Bcc,
    /// <summary>Linux: <c>perf sched timehist</c>. A summary: how long tasks waited for a processor.</summary>
    SchedTimehist,
    /// <summary>Linux: ftrace's latency tracers, as <c>irqsoff</c>. A summary of one delay.</summary>
    LatencyTracer,
}
