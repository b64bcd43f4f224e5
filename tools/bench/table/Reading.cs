using System.Diagnostics;

namespace Pcie.Bench.Table;

/// <summary>What was measured once.</summary>
/// <param name="Value">The figure; of latencies, the median.</param>
/// <param name="Tail">Of latencies, the 99th percentile.</param>
internal readonly record struct Reading(double Value, double? Tail = null)
{
    /// <summary>Of latencies, each in the figure's unit, in any order; they are sorted in place.</summary>
    public static Reading Of(Span<double> latencies)
    {
        latencies.Sort();
        return new Reading(latencies[latencies.Length / 2], latencies[latencies.Length * 99 / 100]);
    }

    /// <summary>What has passed since a timestamp (µs), as finely as the clock tells: a TimeSpan has steps of 0.1 µs.</summary>
    public static double MicrosecondsSince(long timestamp) => (Stopwatch.GetTimestamp() - timestamp) * 1e6 / Stopwatch.Frequency;
}
