namespace Pcie.Diagnosis.Import.Results;

/// <summary>Measurements of Linux's timerlat tracer: how much later than set its timer's interrupt or thread ran; gross, in nanoseconds.</summary>
public readonly record struct TimerLatency(long Count, long Sum, long Maximum)
{
    internal TimerLatency With(long nanoseconds) => new(Count + 1, Sum + nanoseconds, Math.Max(Maximum, nanoseconds));
}
