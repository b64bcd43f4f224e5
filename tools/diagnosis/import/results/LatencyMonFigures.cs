using System.ComponentModel;
using Pcie.Tables;

namespace Pcie.Diagnosis.Import.Results;

/// <summary>A LatencyMon report as JSON: what <c>emu explain --json</c> prints of one. Null where it has no such line.</summary>
[JsonForm("latency-mon/1")]
public sealed record LatencyMonFigures : JsonForm
{
    public required string Recording { get; init; }

    [Description("What a person should know before relying on it.")]
    public required IReadOnlyList<string> Notes { get; init; }

    public required ReadFigures Read { get; init; }

    [Description("How long LatencyMon ran.")]
    public required long? MonitoringNs { get; init; }

    public required long? InterruptToProcessMaxNs { get; init; }
    public required long? InterruptToProcessMeanNs { get; init; }
    public required long? InterruptToDpcMaxNs { get; init; }
    public required long? InterruptToDpcMeanNs { get; init; }
    public required long? IsrMaxNs { get; init; }
    public required string? IsrMaxDriver { get; init; }
    public required long? DpcMaxNs { get; init; }
    public required string? DpcMaxDriver { get; init; }

    [Description("Of the time of all processors.")]
    public required double? IsrPercent { get; init; }

    [Description("Of the time of all processors.")]
    public required double? DpcPercent { get; init; }

    public required int? Processors { get; init; }
    public required long? IsrTotalNs { get; init; }
    public required long? DpcTotalNs { get; init; }
    public required IReadOnlyList<Cpu> Cpus { get; init; }

    [Description("How many ISRs took how long.")]
    public required IReadOnlyList<Bin> Isrs { get; init; }

    [Description("How many DPCs took how long.")]
    public required IReadOnlyList<Bin> Dpcs { get; init; }

    public static LatencyMonFigures Of(string recording, ImportReport report)
    {
        var said = report.LatencyMon!;
        return new()
        {
            Recording = recording, Notes = report.Notes, Read = ReadFigures.Of(report), MonitoringNs = said.MonitoringTime?.Nanoseconds,
            InterruptToProcessMaxNs = said.HighestInterruptToProcess?.Nanoseconds,
            InterruptToProcessMeanNs = said.AverageInterruptToProcess?.Nanoseconds,
            InterruptToDpcMaxNs = said.HighestInterruptToDpc?.Nanoseconds, InterruptToDpcMeanNs = said.AverageInterruptToDpc?.Nanoseconds,
            IsrMaxNs = said.HighestIsr?.Nanoseconds, IsrMaxDriver = said.HighestIsrDriver,
            DpcMaxNs = said.HighestDpc?.Nanoseconds, DpcMaxDriver = said.HighestDpcDriver,
            IsrPercent = said.IsrPercent, DpcPercent = said.DpcPercent, Processors = said.Processors,
            IsrTotalNs = said.TotalOf(isIsr: true)?.Nanoseconds, DpcTotalNs = said.TotalOf(isIsr: false)?.Nanoseconds,
            Cpus = [.. said.Cpus.Select(Cpu.Of)], Isrs = [.. said.IsrBins.Select(Bin.Of)], Dpcs = [.. said.DpcBins.Select(Bin.Of)],
        };
    }

    public sealed record Cpu(
        int Number, long? IsrMaxNs, long? IsrTotalNs, long? IsrCount, long? DpcMaxNs, long? DpcTotalNs, long? DpcCount)
    {
        internal static Cpu Of(LatencyMonCpu cpu) => new(cpu.Number, cpu.HighestIsr?.Nanoseconds, cpu.TotalIsr?.Nanoseconds, cpu.IsrCount,
            cpu.HighestDpc?.Nanoseconds, cpu.TotalDpc?.Nanoseconds, cpu.DpcCount);
    }

    public sealed record Bin(long FromNs, [property: Description("Null if it has no end.")] long? ToNs, long Count)
    {
        internal static Bin Of(LatencyMonBin bin) => new(bin.From.Nanoseconds, bin.To?.Nanoseconds, bin.Count);
    }
}
