using Pcie.Tables;
using Pcie.Time;

namespace Pcie.Diagnosis.Import.Results;

/// <summary>Measurements of Linux's timerlat tracer: how much later than set its timer's interrupt or thread ran; gross, in nanoseconds.</summary>
public readonly record struct TimerLatency(long Count, long Sum, long Maximum)
{
    /// <summary>For a person.</summary>
    /// <param name="context">What ran: <c>irq</c>, <c>thread</c>.</param>
    public string InWords(string context) =>
        $"timerlat measured {Counted.Of(Count, "latency", "latencies")} of its {context}: {new Duration(Sum / Count)} on average, "
        + $"{new Duration(Maximum)} at most.";

    internal TimerLatency With(long nanoseconds) => new(Count + 1, Sum + nanoseconds, Math.Max(Maximum, nanoseconds));
}
