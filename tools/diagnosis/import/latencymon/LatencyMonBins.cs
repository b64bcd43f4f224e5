using Pcie.Diagnosis.Import.Results;
using Pcie.Time;

namespace Pcie.Diagnosis.Import.LatencyMon;

/// <summary>A report's bins as they are meant: each reaches to where the next begins, whatever its label says.</summary>
internal static class LatencyMonBins
{
    private const int MaxBins = 1000;

    public static void Order(List<LatencyMonBin> bins, string what, ImportReport report)
    {
        if (bins.Count > MaxBins) bins.RemoveRange(MaxBins, bins.Count - MaxBins);
        bins.Sort((a, b) => a.From.CompareTo(b.From));
        for (var i = 0; i < bins.Count; i++)
        {
            if (bins[i].To is not { } label) continue;
            // Older versions name the last microsecond that belongs to it: 500-999.
            if (i + 1 < bins.Count && bins[i + 1].From == label + Duration.FromMicroseconds(1))
            {
                bins[i] = bins[i] with { To = bins[i + 1].From };
                continue;
            }
            var to = i + 1 < bins.Count && bins[i + 1].From > bins[i].From && bins[i + 1].From < label ? bins[i + 1].From : label;
            if (to == label) to = Misprinted(bins[i].From, label) ?? label;
            if (to != label)
                report.Note($"{what} of {bins[i].From} to {to}: the report's label says {label}, which is a misprint, as the next begins at {to}.");
            bins[i] = bins[i] with { To = to };
        }
    }

    // Of every version known.
    private static Duration? Misprinted(Duration from, Duration to) =>
        from == Duration.FromMicroseconds(500) && to == Duration.FromMicroseconds(10_000) ? Duration.FromMicroseconds(1_000) : null;
}
