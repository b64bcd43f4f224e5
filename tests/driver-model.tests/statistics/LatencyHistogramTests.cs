using Pcie.DriverModel.Statistics;
using Pcie.Time;

namespace Pcie.DriverModel.Tests.Statistics;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void WithoutValuesEverythingIsZero() =>
        Assert.Equal((Duration.Zero, Duration.Zero), (new LatencyHistogram().Percentile(99), new LatencyHistogram().Max));

    [Fact]
    public void PercentilesAreWithinAThousandthAndNeverAboveTheMaximumWhichIsExact()
    {
        var histogram = new LatencyHistogram();
        for (var us = 1; us <= 1_000; us++) histogram.Record(new Duration(us * 1_000 + 7));
        Assert.InRange(histogram.Percentile(50).Nanoseconds, 499_500, 500_600);
        Assert.InRange(histogram.Percentile(99).Nanoseconds, 989_000, 991_100);
        Assert.Equal(new Duration(1_000_007), histogram.Max);
        Assert.Equal(histogram.Max, histogram.Percentile(100));
    }

    [Fact]
    public void ValuesOutsideTheRangeAreCountedAndTheMaximumStaysExact()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(Duration.Zero);
        histogram.Record(Duration.FromSeconds(10_000));
        Assert.Equal((2, Duration.FromSeconds(10_000)), (histogram.Count, histogram.Max));
    }

    [Fact]
    public void EachValueIsCountedInTheBucketOfItsTenthOfADecade()
    {
        var histogram = new LatencyHistogram();
        foreach (var (value, times) in ((long, int)[])[(1, 2), (510, 3), (560, 4), (52_000_000, 5)])
            for (var i = 0; i < times; i++) histogram.Record(new Duration(value));
        Assert.Equal([(1, 2), (560, 7), (52_002_815, 5)], histogram.Buckets().Select(bucket => (bucket.UpTo.Nanoseconds, (int)bucket.Count)));
    }
}
