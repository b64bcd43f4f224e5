using Pcie.Diagnosis.Machine;
using Pcie.Diagnosis.Validation;
using Pcie.Time;

namespace Pcie.Diagnosis.Tests.Validation;

public sealed class WaitComparisonTests
{
    private static readonly Duration Us = Duration.FromMicroseconds(1);

    private static TimeCounts Sample(params IEnumerable<long> microseconds)
    {
        var sample = new TimeCounts();
        foreach (var wait in microseconds) sample.Add(Us * wait);
        return sample;
    }

    private static WaitComparison Compared(TimeCounts measured, TimeCounts predicted, Duration? max = null) => new()
    {
        Source = "s", Processor = 0, Measured = measured, Predicted = predicted, PredictedMax = [max ?? predicted.Max], Resolution = Us,
        IsCalibrated = true, Calibrated = predicted,
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

    // What does not wait as it did where it was calibrated predicts nothing, right or not.
    [Fact]
    public void AFitThatIsFarFromWhatItWasFittedToIsNone()
    {
        var (measured, predicted) = (Sample(Evenly(100, 200, 200)), Sample(Evenly(110, 210, 200)));
        var fit = Compared(measured, predicted) with { Calibrated = measured };
        var none = fit with { Calibrated = Sample(Evenly(100, 300, 200)) };

        Assert.Equal((WaitOutcome.Right, true), (fit.Outcome, fit.IsFit));
        Assert.Equal((WaitOutcome.NoFit, 0, 0.45), (none.Outcome, none.Failures.Count, Math.Round(none.OwnDistance!.Value, 2)));
        Assert.False(new ValidationResult("r", Us, Us, Us, 1, [none], [], IsComplete: true).Passed);
        Assert.Equal((true, false), (new ValidationResult("r", Us, Us, Us, 1, [fit], [], IsComplete: true).Passed,
            new ValidationResult("r", Us, Us, Us, 1, [fit], [], IsComplete: false).Passed));
        // So far apart are two samples of one distribution, if one of them is of twenty.
        Assert.True((fit with { Calibrated = Sample(Evenly(100, 180, 20)) }).IsFit);
    }

    [Fact]
    public void WhatIsWrongBecauseTheRecordingsPartsDifferSaysSo()
    {
        var wrong = Compared(Sample(Evenly(100, 200, 200)), Sample(Evenly(300, 400, 200)));
        Assert.EndsWith(
            ". The recording's own parts differ as much: in the one that was calibrated on p50 was 349 µs, p99 was 398 µs, max was 399 µs",
            ValidationText.Verdict(wrong), StringComparison.Ordinal);
        Assert.DoesNotContain("differ", ValidationText.Verdict(wrong with { Calibrated = wrong.Measured }), StringComparison.Ordinal);
    }

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
