using System.Globalization;
using Pcie.Control.Wire;
using Pcie.Telemetry;

namespace Pcie.DriverModel.Control;

/// <summary>A run as metrics: the driver's counters and the host's, the ring, and how long DPCs and chunks waited.</summary>
internal static class DriverMetrics
{
    private static readonly string[] Gauges =
    [
        "simulated-ns", "ring.slots", "ring.full", "ring.cyclic-buffer", "isr-to-dpc.p50-ns", "isr-to-dpc.p99-ns", "isr-to-dpc.max-ns",
        "arrival-to-copy.p50-ns", "arrival-to-copy.p99-ns", "arrival-to-copy.max-ns",
    ];

    // There when the card is set up.
    private static readonly string[] Later =
    [
        "chunks.arrived", "chunks.copied", "chunks.overwritten", "chunks.abandoned", "chunks.torn", "chunks.delivered", "arrival-to-copy.count",
    ];

    private static readonly string[] Histograms = ["isr-to-dpc", "arrival-to-copy"];

    // Three a decade of the ten that a distribution has, from 100 ns to 10 s: 1, 2 and 5, nearly, as the ends of its buckets are; in powers of
    // 10 ^ 0.1 ns, and as labels in seconds.
    private static readonly (int End, string Label)[] Ends = [.. Enumerable.Range(20, 81).Where(end => end % 10 is 0 or 3 or 7)
        .Select(end => (end, Math.Pow(10, end / 10.0 - 9).ToString("0.###e-00", CultureInfo.InvariantCulture)))];

    /// <param name="run">That has begun.</param>
    public static CounterMetrics Of(WatchedRun run) =>
        new("Pcie.Driver", "pcie.driver", () => FiguresOf(run.TakeSnapshot(0)), Gauges, Later, Histograms);

    private static Dictionary<string, long> FiguresOf(DriverSnapshot seen)
    {
        var figures = new Dictionary<string, long>(seen.Counters) { ["simulated-ns"] = seen.SimulatedNs };
        if (seen.Ring is { } ring)
        {
            (figures["ring.slots"], figures["ring.full"]) = (ring.Slots, ring.Slot.Count(slot => slot.IsFull));
            figures["ring.cyclic-buffer"] = ring.InCyclicBuffer;
            (figures["chunks.arrived"], figures["chunks.copied"], figures["chunks.overwritten"]) = (ring.Arrived, ring.Copied, ring.Overwritten);
            (figures["chunks.abandoned"], figures["chunks.torn"], figures["chunks.delivered"]) = (ring.Abandoned, ring.Torn, ring.Delivered);
        }
        Add("isr-to-dpc", seen.IsrToDpc);
        Add("arrival-to-copy", seen.ArrivalToCopy);
        return figures;

        void Add(string name, LatencyDistribution? waits)
        {
            if (waits is null) return;
            (figures[$"{name}.count"], figures[$"{name}.p50-ns"]) = (waits.Count, waits.P50Ns);
            (figures[$"{name}.p99-ns"], figures[$"{name}.max-ns"]) = (waits.P99Ns, waits.MaxNs);
            foreach (var (end, label) in Ends)
                figures[$"{name}<{label}"] = waits.Buckets.Where(one => Math.Floor(10 * Math.Log10(one.UpToNs)) < end).Sum(one => one.Count);
            figures[$"{name}<+Inf"] = waits.Count;
        }
    }
}
