using Pcie.Diagnosis.Import.Results;
using Pcie.Time;

namespace Pcie.Diagnosis.Calibration;

/// <summary>
/// The load that a LatencyMon report describes: how often something of a duration came, made so that the report's totals, counts and longest times
/// come out. Of how the short ones are distributed it says nothing but their mean.
/// </summary>
public sealed class LatencyMonLoad
{
    /// <summary>As many as a scenario has that says nothing.</summary>
    public const int ProcessorsIfUnknown = 4;

    // Nothing shorter is measured.
    private const double Shortest = 50;

    // A guess, and said to be one.
    private const double MeanIfUnknown = 5_000;

    private readonly List<LatencyMonSource> sources = [];

    private LatencyMonLoad(LatencyMonReport report, Duration time)
    {
        Time = time;
        Processors = report.Processors ?? ProcessorsIfUnknown;
        HasProcessors = report.Processors is not null;
        Add(report, isIsr: true);
        Add(report, isIsr: false);
    }

    public Duration Time { get; }
    public int Processors { get; }

    /// <summary>Whether the report says how many there are.</summary>
    public bool HasProcessors { get; }

    public IReadOnlyList<LatencyMonSource> Sources => sources;

    /// <summary>What share of the time of all processors the sources take, 0 to 1.</summary>
    public double ShareOf(bool isIsr) =>
        sources.Where(source => source.IsIsr == isIsr).Sum(source => source.Count * source.Mean) / ((double)Time.Nanoseconds * Processors);

    /// <exception cref="InvalidDataException">It has neither counts nor a time for which it ran.</exception>
    public static LatencyMonLoad Of(LatencyMonReport report, string origin)
    {
        var hasCounts = report.IsrBins.Count + report.DpcBins.Count > 0 || report.Cpus.Any(cpu => cpu.IsrCount > 0 || cpu.DpcCount > 0);
        return report.MonitoringTime is { Nanoseconds: > 0 } time && hasCounts ? new LatencyMonLoad(report, time) : throw new InvalidDataException(
            $"{origin}: to calibrate, a LatencyMon report must say for how long it has been analyzing the system, and "
            + "count ISRs or DPCs by execution time. Expected the whole text of its Stats tab.");
    }

    private void Add(LatencyMonReport report, bool isIsr)
    {
        var what = isIsr ? "ISRs" : "DPCs";
        var highest = isIsr ? report.HighestIsr : report.HighestDpc;
        var cpus = report.Cpus.Where(cpu => (isIsr ? cpu.IsrCount : cpu.DpcCount) > 0).ToList();
        List<LatencyMonBin> bins = [.. (isIsr ? report.IsrBins : report.DpcBins).Where(bin => bin.Count > 0)];
        var counted = cpus.Sum(cpu => (isIsr ? cpu.IsrCount : cpu.DpcCount)!.Value);
        if (bins.Count == 0 && counted > 0) bins = [new LatencyMonBin(Duration.Zero, highest, counted)];
        if (bins.Count == 0 && highest is { } only) bins = [new LatencyMonBin(only, null, 1)];
        if (bins.Count == 0) return;
        // Of a percentage the report says nothing of the number of processors; with fewer than the longer ones need it cannot be.
        var total = report.TotalOf(isIsr)?.Nanoseconds
            ?? ((isIsr ? report.IsrPercent : report.DpcPercent) is { } percent ? percent / 100 * Time.Nanoseconds * Processors : (double?)null);
        var rest = total;
        var shape = new LatencyMonShape(bins, highest);
        var able = cpus.Where(cpu => (isIsr ? cpu.HighestIsr : cpu.HighestDpc) is not { } most || shape.LongFrom <= most)
            .Select(cpu => cpu.Number).ToList();
        // The longest, as it was, where it was.
        if (shape.Longest is { } longest)
        {
            var where = cpus.Where(cpu => (isIsr ? cpu.HighestIsr : cpu.HighestDpc) is { } most && Math.Abs((most - longest).Nanoseconds) < 1_000)
                .Select(cpu => cpu.Number).Take(1).ToList();
            var driver = isIsr ? report.HighestIsrDriver : report.HighestDpcDriver;
            sources.Add(new LatencyMonSource($"longest of {what}", isIsr, 1, longest.Nanoseconds, longest.Nanoseconds, where, false)
            {
                Remark = driver is null ? "" : $"it was of {driver}",
            });
            rest -= longest.Nanoseconds;
        }
        foreach (var (bin, from, to) in shape.Long(rest, Shortest))
        {
            sources.Add(new LatencyMonSource($"{what} of {bin.From} or more", isIsr, bin.Count, from, to, able, false));
            rest -= bin.Count * (from + to) / 2.0;
        }
        if (shape.Short.Count > 0) AddShort(shape, isIsr, what, rest, cpus);
    }

    private void AddShort(LatencyMonShape shape, bool isIsr, string what, double? rest, List<LatencyMonCpu> cpus)
    {
        var below = (double)(shape.Short.To ?? shape.Longest ?? Duration.FromMicroseconds(250)).Nanoseconds;
        var name = $"{what} below {new Duration((long)below)}";
        var counts = cpus.Select(cpu => (double)(isIsr ? cpu.IsrCount : cpu.DpcCount)!.Value).ToList();
        var totals = cpus.Select(cpu => isIsr ? cpu.TotalIsr : cpu.TotalDpc).ToList();
        if (counts.Count == 0 || rest is null || totals.Exists(total => total is null))
        {
            var mean = rest is { } left ? Math.Clamp(left / shape.Short.Count, 1, below) : Math.Min(MeanIfUnknown, below / 2);
            sources.Add(new LatencyMonSource(name, isIsr, shape.Short.Count, mean, below, [], true)
            {
                Remark = rest is null ? "how long they took together is not in the report: the mean is a guess" : "",
            });
            return;
        }
        // By processor, in the proportions of the report; what the longer ones took is taken off all.
        var (all, time) = (counts.Sum(), totals.Sum(total => (double)total!.Value.Nanoseconds));
        for (var i = 0; i < cpus.Count; i++)
        {
            var count = (long)Math.Round(shape.Short.Count * counts[i] / all);
            if (count == 0) continue;
            var mean = Math.Clamp(rest.Value * (time == 0 ? counts[i] / all : totals[i]!.Value.Nanoseconds / time) / count, 1, below);
            sources.Add(new LatencyMonSource($"{name} cpu{cpus[i].Number}", isIsr, count, mean, below, [cpus[i].Number], true));
        }
    }
}
