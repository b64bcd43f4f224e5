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

    public Duration? AverageInterruptToProcess { get; internal set; }

    /// <summary>Of the time of all processors, in percent.</summary>
    public double? IsrPercent { get; internal set; }

    /// <inheritdoc cref="IsrPercent"/>
    public double? DpcPercent { get; internal set; }

    /// <summary>How many the machine has; null if the report does not say.</summary>
    public int? Processors { get; internal set; }

    /// <summary>By number.</summary>
    public IReadOnlyList<LatencyMonCpu> Cpus => [.. CpusByNumber.Values];

    internal SortedDictionary<int, LatencyMonCpu> CpusByNumber { get; } = [];

    /// <summary>How long LatencyMon ran; null if the report does not say.</summary>
    public Duration? MonitoringTime { get; internal set; }

    /// <summary>
    /// How long all ISRs or DPCs took together: by the processors' own totals, or else by their part of the time; null if neither is there.
    /// </summary>
    public Duration? TotalOf(bool isIsr)
    {
        var totals = Cpus.Select(cpu => isIsr ? cpu.TotalIsr : cpu.TotalDpc).ToList();
        if (totals.Count > 0 && totals.Count >= Processors && totals.TrueForAll(total => total is not null))
            return new Duration(totals.Sum(total => total!.Value.Nanoseconds));
        return (isIsr ? IsrPercent : DpcPercent) is { } percent && MonitoringTime is { } time && Processors is { } processors
            ? new Duration((long)(percent / 100 * time.Nanoseconds * processors)) : null;
    }

    internal List<LatencyMonBin> Isrs { get; } = [];
    internal List<LatencyMonBin> Dpcs { get; } = [];
}
