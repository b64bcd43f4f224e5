using System.Globalization;
using Pcie.Diagnosis.Import.Results;
using Pcie.Time;

namespace Pcie.Diagnosis.Import.LatencyMon;

/// <summary>What in a report cannot be true at once: bins, longest times, totals and the figures of each processor.</summary>
internal static class LatencyMonContradictions
{
    private const double Tolerance = 1.02;

    public static IEnumerable<string> Of(LatencyMonReport report) =>
        Of("ISR", report.IsrBins, report.HighestIsr, report.TotalOf(isIsr: true), report.Cpus, cpu => cpu.IsrCount, cpu => cpu.HighestIsr)
            .Concat(Of("DPC", report.DpcBins, report.HighestDpc, report.TotalOf(isIsr: false), report.Cpus, cpu => cpu.DpcCount,
                cpu => cpu.HighestDpc));

    private static IEnumerable<string> Of(string what, IReadOnlyList<LatencyMonBin> bins, Duration? highest, Duration? total,
        IReadOnlyList<LatencyMonCpu> cpus, Func<LatencyMonCpu, long?> countOf, Func<LatencyMonCpu, Duration?> highestOf)
    {
        if (highest is { } most)
        {
            foreach (var bin in bins.Where(bin => bin.Count > 0 && bin.From > most))
                yield return Text($"{bin.Count:#,0} {what}s are counted that took {bin.From} or more, and the longest took {most}.");
            if (bins.Any(bin => bin.Count > 0) && bins[^1].To is null && !bins.Any(bin => bin.Count > 0 && (bin.To is not { } to || to >= most)))
                yield return Text($"the longest {what} took {most}, and none is counted that took so long.");
            if (cpus.Count > 0 && cpus.All(cpu => highestOf(cpu) is not null) && cpus.Max(cpu => highestOf(cpu)) is { } ofCpus
                && !IsNear(ofCpus, most))
                yield return Text($"the longest {what} took {most}, and the longest of any processor {ofCpus}.");
        }
        var counted = bins.Sum(bin => bin.Count);
        if (total is { } sum && counted > 0)
        {
            var least = bins.Sum(bin => (double)bin.Count * bin.From.Nanoseconds);
            var most2 = bins.Sum(bin => (double)bin.Count * (bin.To ?? highest ?? Duration.Max).Nanoseconds);
            if (least > sum.Nanoseconds * Tolerance)
                yield return Text($"the {what}s as counted took {new Duration((long)least)} at least, and all together {sum}.");
            if (most2 * Tolerance < sum.Nanoseconds)
                yield return Text($"the {what}s as counted took {new Duration((long)most2)} at most, and all together {sum}.");
        }
        if (counted > 0 && cpus.Count > 0 && cpus.All(cpu => countOf(cpu) is not null) && cpus.Sum(countOf) is { } ofAll
            && Math.Abs(ofAll - counted) > Math.Max(counted / 50, 5))
            yield return Text($"{counted:#,0} {what}s are counted by time, and {ofAll:#,0} by processor.");
    }

    private static bool IsNear(Duration a, Duration b) => Math.Abs(a.Nanoseconds - b.Nanoseconds) <= Math.Max(a.Nanoseconds / 100, 1000);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
