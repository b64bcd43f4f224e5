using CsCheck;
using Pcie.Diagnosis.Rates;
using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.Diagnosis.Tests.Rates;

/// <summary>Against distributions whose tail is known.</summary>
public sealed class TailModelTests
{
    private static readonly Duration Day = Duration.FromSeconds(86_400);

    private static List<Duration> Longest(int of, ulong seed, Func<double, double> quantile)
    {
        var random = new RandomStream(seed, "test");
        return [.. Enumerable.Range(0, of).Select(_ => new Duration((long)quantile(random.NextOpenDouble()))).OrderDescending().Take(100)];
    }

    // Mean 1 ms: of 100 000 waits a day 1e5 exp(-15) = 0.031 are longer than 15 ms.
    [Fact]
    public void OfExponentialWaitsTheRateBeyondWhatWasSeenIsRightWithinItsInterval()
    {
        var covered = Enumerable.Range(0, 40).Count(seed =>
        {
            var tail = TailModel.Of([Longest(100_000, (ulong)seed, u => -1e6 * Math.Log(u))], Day);
            var rate = tail.Beyond(Duration.FromMilliseconds(15));
            return tail.IsFitted && rate.Low <= 0.0306 && 0.0306 <= rate.High;
        });
        // 95 % of 40 are 38; a bootstrap of a hundred excesses falls short of that, not far.
        Assert.InRange(covered, 32, 40);
    }

    [Fact]
    public void OfHeavyTailedWaitsTheIntervalIsTooNarrow()
    {
        // Pareto with alpha 2 from 10 us: of 100 000 a day 1e5 (10us / 10ms)^2 = 0.1 are longer than 10 ms. The greatest is three times the
        // next in one sample of nine; that might be of another kind, and is not fitted.
        var fitted = Enumerable.Range(0, 40).Select(seed => TailModel.Of([Longest(100_000, (ulong)seed, u => 1e4 / Math.Sqrt(u))], Day))
            .Where(tail => tail.IsFitted).Select(tail => tail.Beyond(Duration.FromMilliseconds(10))).ToList();
        Assert.InRange(fitted.Count, 25, 40);
        Assert.InRange(fitted.Count(rate => rate.Low <= 0.1 && 0.1 <= rate.High), 0.5 * fitted.Count, 0.95 * fitted.Count);
    }

    [Fact]
    public void AboveAWideGapOnlyTheRareKindIsFitted()
    {
        var usual = Longest(1000, 1, u => -1e4 * Math.Log(u));
        var rare = Longest(20, 2, u => 60e6 + 10e6 * u);
        var tail = TailModel.Of([[.. usual.Concat(rare).OrderDescending().Take(100)]], Day);
        Assert.Equal(20, tail.Excesses);
        Assert.InRange(tail.Threshold.Nanoseconds, 60_000_000, 70_000_000);
        Assert.InRange(tail.Beyond(Duration.FromMilliseconds(60)).PerDay, 19, 21);
    }

    [Fact]
    public void AFewRareOnesAreNotFitted()
    {
        List<Duration> waits = [Duration.FromMilliseconds(61), Duration.FromMilliseconds(60), .. Longest(98, 1, u => -1e4 * Math.Log(u))];
        var tail = TailModel.Of([waits], Day);
        Assert.Equal((false, 2), (tail.IsFitted, tail.Excesses));
        Assert.Throws<InvalidOperationException>(() => tail.Beyond(Day));
    }

    [Fact]
    public void WhateverTheWaitsTheRateFallsWithTheirLength()
    {
        var fitted = 0;
        Gen.Long[1, 1_000_000_000].List[0, 300].Select(Gen.Int[1, 3]).Sample((waits, runs) =>
        {
            var tail = TailModel.Of(Enumerable.Range(0, runs).Select(run => (IReadOnlyList<Duration>)
                [.. waits.Where((_, i) => i % runs == run).Select(ns => new Duration(ns)).OrderDescending()]), Day);
            if (!tail.IsFitted) return;
            Interlocked.Increment(ref fitted);
            var rates = Enumerable.Range(0, 20).Select(i => tail.Beyond(tail.Threshold + Duration.FromMilliseconds(50 * i)).PerDay).ToList();
            Assert.Equal(rates.OrderDescending(), rates);
            Assert.InRange(rates[0], tail.Excesses - 0.001, tail.Excesses + 0.001);
        });
        Assert.True(fitted >= 10, $"Only {fitted} of the samples were fitted.");
    }
}
