using Pcie.Time;

namespace Pcie.Diagnosis.Import.Results;

/// <summary>What a LatencyMon report says of one processor. Null where it has no such line.</summary>
public sealed record LatencyMonCpu(int Number)
{
    public Duration? HighestIsr { get; internal set; }
    public Duration? TotalIsr { get; internal set; }
    public long? IsrCount { get; internal set; }
    public Duration? HighestDpc { get; internal set; }
    public Duration? TotalDpc { get; internal set; }
    public long? DpcCount { get; internal set; }
}
