using Pcie.Time;

namespace Pcie.Diagnosis.Import.Results;

/// <summary>
/// The figures of a LatencyMon report. A summary: it measures the latency of a timer DPC of its own, and the longest ISR and DPC of any
/// driver; it says nothing about which of them delayed whom, nor when. Null where the report has no such line.
/// </summary>
public sealed record LatencyMonReport
{
    public Duration? HighestInterruptToProcess { get; internal set; }
    public Duration? HighestInterruptToDpc { get; internal set; }
    public Duration? AverageInterruptToDpc { get; internal set; }
    public Duration? HighestIsr { get; internal set; }
    public string? HighestIsrDriver { get; internal set; }
    public Duration? HighestDpc { get; internal set; }
    public string? HighestDpcDriver { get; internal set; }

    /// <summary>How many ISRs took how long: the bins' bounds and counts, as the report has them.</summary>
    public IReadOnlyList<LatencyMonBin> IsrBins => Isrs;
    public IReadOnlyList<LatencyMonBin> DpcBins => Dpcs;

    /// <summary>How long LatencyMon ran; null if the report does not say.</summary>
    public Duration? MonitoringTime { get; internal set; }

    internal List<LatencyMonBin> Isrs { get; } = [];
    internal List<LatencyMonBin> Dpcs { get; } = [];
}
