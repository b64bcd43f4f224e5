using Pcie.Diagnosis.Validation;
using Pcie.Time;

namespace Pcie.Diagnosis.Tests.Validation;

public sealed class WaitComparisonTests
{
    private static readonly Duration Us = Duration.FromMicroseconds(1);

    private static WaitSample Sample(params IEnumerable<long> microseconds)
    {
        var sample = new WaitSample();
        foreach (var wait in microseconds) sample.Add(Us * wait);
        return sample;
    }

    private static WaitComparison Compared(WaitSample measured, WaitSample predicted, Duration? max = null) => new()
    {
        Source = "s", Processor = 0, Measured = measured, Predicted = predicted, PredictedMax = [max ?? predicted.Max], Resolution = Us,
        IsCalibrated = true,
    };

    private static IEnumerable<long> Evenly(long from, long to, int count) => Enumerable.Range(0, count).Select(i => from + (to - from) * i / count);

    [Fact]
    public void APredictionIsRightUpToTheFactor()
    {
        var measured = Sample(Evenly(100, 200, 200));

        Assert.Empty(Compared(measured, Sample(Evenly(140, 290, 200))).Failures);
        Assert.StartsWith("p50", Compared(measured, Sample(Evenly(300, 301, 200)), Us * 200).Failures[0], StringComparison.Ordinal);
        Assert.StartsWith("max", Assert.Single(Compared(measured, Sample(Evenly(100, 200, 200)), Us * 500).Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void WaitsThatTheClockCannotTellApartAreTheSame() =>
        Assert.Empty(Compared(Sample(Evenly(0, 1, 200)), Sample(Evenly(1, 2, 200))).Failures);

    [Fact]
    public void OfFewRunsNothingIsJudged()
    {
        var few = Compared(Sample(Evenly(100, 200, 99)), Sample(Evenly(900, 999, 99)));

        Assert.Equal((false, 0), (few.IsJudged, few.Failures.Count));
    }

    [Fact]
    public void WhatDidNotRunWhereItWasCalibratedOnIsSaid() => Assert.Contains("did not run in the part that was calibrated on",
        Assert.Single((Compared(Sample(Evenly(1, 2, 200)), Sample([])) with { IsCalibrated = false }).Failures), StringComparison.Ordinal);

    // Half of the waits are 100 us longer.
    [Fact]
    public void TheDistancesAreThoseOfTheDistributions()
    {
        var apart = Compared(Sample(Enumerable.Repeat(100L, 200)), Sample(Enumerable.Repeat(100L, 100).Concat(Enumerable.Repeat(200L, 100))));

        Assert.Equal(0.5, apart.KolmogorovSmirnov, 1e-9);
        Assert.InRange(apart.Wasserstein.Nanoseconds, 49_000, 51_000);
        Assert.Equal((0, Duration.Zero), (Compared(Sample(Evenly(1, 90, 200)), Sample(Evenly(1, 90, 200))).KolmogorovSmirnov,
            Compared(Sample(Evenly(1, 90, 200)), Sample(Evenly(1, 90, 200))).Wasserstein));
    }
}
