using Pcie.Diagnosis.Rates;
using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.Diagnosis.Tests.Rates;

/// <summary>The bound against queues that are run: it is never below what they do, and falls with the time.</summary>
public sealed class BusyBoundTests
{
    private static readonly Duration Us = Duration.FromMicroseconds(1);

    public static TheoryData<string> Intervals => ["exponential", "fixed", "uniform"];

    [Theory]
    [MemberData(nameof(Intervals))]
    public void NoQueueIsBusyForLongerMoreOftenThanTheBoundSays(string kind)
    {
        var work = Distribution.LogNormal(Us * 15, 0.8, Us * 200);
        var interval = kind switch
        {
            "exponential" => Distribution.Exponential(Us * 100),
            "fixed" => Distribution.Fixed(Us * 100),
            _ => Distribution.Uniform(Us * 20, Us * 180),
        };
        ProcessorWork[] all = [new([work], interval)];

        // At the first of them queues are really that busy, at the last hardly ever.
        long[] times = [100, 200, 400, 800, 1_600];
        var shares = SharesBeyond(work, interval, times);
        Assert.All(times.Zip(shares), pair => Assert.InRange(pair.Second, 0, Math.Pow(10, BusyBound.Log10Beyond(Us * pair.First, all))));
        Assert.InRange(shares[0], 1e-4, 1);
        Assert.InRange(BusyBound.Log10Beyond(Us * 1_600, all), -300, -2);
    }

    // The tail of a busy period of exponential work and intervals falls at a rate that is known: the square of the difference of the roots.
    [Fact]
    public void ForWorkThatComesAtRandomTheBoundFallsAsTheQueueDoes()
    {
        ProcessorWork[] work = [new([Distribution.Exponential(Us * 20)], Distribution.Exponential(Us * 100))];

        var (near, far) = (BusyBound.Log10Beyond(Us * 500, work), BusyBound.Log10Beyond(Us * 900, work));

        var known = Math.Pow(Math.Sqrt(1 / 20.0) - Math.Sqrt(1 / 100.0), 2);
        Assert.InRange((near - far) * Math.Log(10) / 400, 0.9 * known, known);
    }

    [Fact]
    public void WhatTakesMoreThanAllOfTheTimeHasNoBound() =>
        Assert.Equal(0, BusyBound.Log10Beyond(Us * 900, [new([Distribution.Fixed(Us * 20)], Distribution.Exponential(Us * 10))]));

    [Fact]
    public void WhatComesOnceKeepsItBusyForAsLongAsItTakesAndHardlyLonger()
    {
        ProcessorWork[] work = [new([Distribution.Fixed(Us * 20)], Distribution.Exponential(Us * 1_000)),
            ProcessorWork.Once([Distribution.Fixed(Us * 500)])];

        Assert.Equal(0, BusyBound.Log10Beyond(Us * 500, work));
        Assert.InRange(BusyBound.Log10Beyond(Us * 1_000, work), -300, -9);
        Assert.InRange(BusyBound.Log10Beyond(Us * 1_000, work), BusyBound.Log10Beyond(Us * 1_000, [work[0]]), 0);
    }

    // Pareto's has no exponential moment: what is exceeded once in 10^18 draws is longer than any time.
    [Fact]
    public void AHeavyTailHasNoBound() =>
        Assert.Equal(0, BusyBound.Log10Beyond(Us * 900, [new([Distribution.Pareto(Us, 1.5)], Distribution.Exponential(Us * 1000))]), 0.01);

    [Fact]
    public void WhatIsBeyondAllCellsIsCountedApart()
    {
        var endless = new ProcessorWork([Distribution.LogNormal(Us, 0.5)], Distribution.Exponential(Duration.FromMilliseconds(1)));

        Assert.InRange(endless.BeyondCellsPerDay, 1e-12, 1e-9);
        Assert.Equal(0, new ProcessorWork([Distribution.LogNormal(Us, 0.5, Us * 9)], Distribution.Fixed(Us)).BeyondCellsPerDay);
    }

    // The share of times at which the queue is not empty for so many microseconds from then on.
    private static double[] SharesBeyond(Distribution work, Distribution interval, long[] times)
    {
        var random = new RandomStream(1, "queue");
        var intervals = Draws.Intervals(interval, new RandomStream(1, "intervals"));
        var (at, end, begun, beyond) = (0L, 0L, 0L, new double[times.Length]);
        for (var i = 0; i < 200_000; i++)
        {
            at += intervals.Next().Nanoseconds;
            if (at > end)
            {
                for (var j = 0; j < times.Length; j++) beyond[j] += Math.Max(0, end - begun - times[j] * 1_000);
                begun = end = at;
            }
            end += work.Draw(random).Nanoseconds;
        }
        return [.. beyond.Select(time => time / at)];
    }
}
