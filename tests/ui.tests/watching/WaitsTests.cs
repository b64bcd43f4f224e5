using Pcie.Control.Wire;
using Pcie.Ui.Watching;

namespace Pcie.Ui.Tests.Watching;

/// <summary>What a distribution has that it had not before.</summary>
public sealed class WaitsTests
{
    [Fact]
    public void TheLongestOfTheNewIsToldThoughALongerOneIsOld()
    {
        var before = Of(60_000_000, (500, 10), (60_000_000, 1));
        var now = Of(60_000_000, (500, 12), (8_000, 1), (60_000_000, 1));

        Assert.Equal((8_000, 500), Waits.Between(before, now));
    }

    [Fact]
    public void ALongestThatIsNewIsExact() =>
        Assert.Equal(61_038_000, Waits.Between(Of(500, (500, 1)), Of(61_038_000, (500, 1), (61_038_591, 1))).Longest);

    [Fact]
    public void WhereABucketsEndMovesWhatWasInItIsStillOld() =>
        Assert.Equal((8_100, 8_100), Waits.Between(Of(8_000, (8_000, 3)), Of(8_100, (8_100, 4))));

    [Fact]
    public void NothingNewIsNothing() => Assert.Equal((null, null), Waits.Between(Of(500, (500, 1)), Of(500, (500, 1))));

    private static LatencyDistribution Of(long max, params (long UpTo, long Count)[] buckets)
    {
        var distribution = new LatencyDistribution { MaxNs = max, Count = buckets.Sum(one => one.Count) };
        distribution.Buckets.AddRange(buckets.Select(one => new LatencyBucket { UpToNs = one.UpTo, Count = one.Count }));
        return distribution;
    }
}
