using Pcie.Control.Wire;
using Pcie.DriverModel.Framework;
using Pcie.DriverModel.Statistics;

namespace Pcie.DriverModel.Run;

/// <summary>Parts of a run as driver-control.proto describes them.</summary>
internal static class RunFigures
{
    public static LatencyDistribution Of(LatencyHistogram histogram)
    {
        var distribution = new LatencyDistribution
        {
            Count = histogram.Count,
            P50Ns = histogram.Percentile(50).Nanoseconds,
            P99Ns = histogram.Percentile(99).Nanoseconds,
            MaxNs = histogram.Max.Nanoseconds,
        };
        distribution.Buckets.AddRange(histogram.Buckets()
            .Select(bucket => new LatencyBucket { UpToNs = bucket.UpTo.Nanoseconds, Count = bucket.Count }));
        return distribution;
    }

    public static DriverInterrupt Of(WdfInterrupt interrupt) => new()
    {
        Name = interrupt.Interrupt.Name,
        Message = (uint)interrupt.MessageId,
        Isrs = interrupt.Interrupt.Runs,
        Collapsed = interrupt.Interrupt.Collapsed,
        Queued = interrupt.Dpc.Queued,
        Coalesced = interrupt.Dpc.Coalesced,
        Runs = interrupt.Dpc.Runs,
        IsQueued = interrupt.Dpc.IsQueued,
    };
}
