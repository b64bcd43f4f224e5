using Pcie.Diagnosis.Rates;
using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.Diagnosis.Tests.Rates;

/// <summary>Against strata whose rates are given.</summary>
public sealed class RareEstimateTests
{
    private static readonly Duration Day = Duration.FromSeconds(86_400), Ms = Duration.FromMilliseconds(1);

    private static readonly RareSetting Setting = new([new("often", 20), new("seldom", 0.5)], 1, Ms, 0.01);

    private static RareSample Sample(
        IEnumerable<long> often, IEnumerable<long> seldom, IEnumerable<long>? rest = null, double? proven = null) => new()
    {
        Strata = [[.. often.Select(lost => new ClusterResult(lost, Ms))], [.. seldom.Select(lost => new ClusterResult(lost, Ms))]],
        Rest = Day, RestLost = [.. rest ?? []], RestWaits = [], Proven = proven,
    };

    private static RareEstimate Of(RareSample sample) => RareEstimate.Of(Setting, [sample], Day, null);

    private static IEnumerable<long> Losses(int occurrences, int withLoss, long each = 1) =>
        Enumerable.Range(0, occurrences).Select(i => i < withLoss ? each : 0);

    [Fact]
    public void AnOccurrenceCountsForAsManyADayAsItStandsFor()
    {
        var estimate = Of(Sample(Losses(1_000, 100), Losses(500, 50, each: 4), proven: 1e-6));

        Assert.Equal(20 * 0.1 + 0.5 * 0.1 * 4, estimate.Total.PerDay, 1e-9);
        Assert.Equal((RestBasis.Proven, 1e-6), (estimate.RestBasis, estimate.RestRate.High));
        Assert.Equal([(1_000, 100), (500, 50)], estimate.Parts.Select(part => (part.Occurrences, part.WithLoss)));
    }

    [Fact]
    public void WithoutALossTheLimitIsThatOfTheStratumThatCountsMost()
    {
        var estimate = Of(Sample(Losses(1_000, 0), Losses(500, 0), proven: 0));

        Assert.Equal((0, 0), (estimate.Total.PerDay, estimate.Total.Low));
        Assert.Equal(3.689 * 20 / 1_000, estimate.Total.High, 1e-4);
        Assert.Equal(50, estimate.Days, 1e-9);
    }

    [Fact]
    public void WithoutAProofTheRestHasTheLimitOfTheTimeForWhichItWasSimulated()
    {
        var estimate = Of(Sample(Losses(1_000, 0), Losses(500, 0)));

        Assert.Equal(RestBasis.NoneSeen, estimate.RestBasis);
        Assert.Equal(3.689, estimate.Total.High, 1e-3);
    }

    [Fact]
    public void WhatTheRestLostIsCounted()
    {
        var estimate = Of(Sample(Losses(1_000, 0), Losses(500, 0), rest: [2, 1], proven: 0));

        Assert.Equal((RestBasis.Counted, 3.0), (estimate.RestBasis, estimate.Total.PerDay));
    }

    [Fact]
    public void AStratumThatIsProvenNeedsNoOccurrencesForItsLimit()
    {
        var estimate = Of(Sample(Losses(10, 0), Losses(500, 0), proven: 0) with { ProvenStrata = [1e-6, null] });

        Assert.Equal([RestBasis.Proven, RestBasis.Counted], estimate.Parts.Select(part => part.Basis));
        Assert.Equal(3.689 * 0.5 / 500 + 1e-6, estimate.Total.High, 1e-6);
        Assert.Equal(1e-6, estimate.ProvenPerDay, 1e-12);
    }

    // A bound does not hold for what was seen to be otherwise.
    [Fact]
    public void AStratumThatLostSomethingIsCountedWhateverIsProven()
    {
        var estimate = Of(Sample(Losses(10, 1), Losses(500, 0), proven: 0) with { ProvenStrata = [1e-6, null] });

        Assert.Equal((RestBasis.Counted, 2.0), (estimate.Parts.First().Basis, estimate.Total.PerDay));
    }

    [Fact]
    public void OccurrencesAreComparedOneByOne()
    {
        var (one, other) = (Of(Sample(Losses(10, 3), Losses(5, 0))), Of(Sample(Losses(10, 5), Losses(5, 1))));

        Assert.Equal((3, 0), one.Against(other));
        Assert.Equal((0, 3), other.Against(one));
    }

    // Losses of one to three chunks, now from the stratum that counts for much and now from the other: 95 % of 1,000 are 950.
    [Theory]
    [InlineData(0.002, 0.3)]
    [InlineData(0.05, 0.05)]
    [InlineData(0.5, 0.001)]
    public void TheIntervalHoldsTheTruthAsOftenAsItSays(double often, double seldom)
    {
        var random = new RandomStream(1, "coverage");
        var truth = 20 * often * 2 + 0.5 * seldom * 2;

        var covered = Enumerable.Range(0, 1_000).Count(_ =>
        {
            var estimate = Of(Sample(Draw(400, often), Draw(200, seldom), proven: 0));
            return estimate.Total.Low <= truth && truth <= estimate.Total.High;
        });

        Assert.InRange(covered, 940, 1_000);

        IEnumerable<long> Draw(int occurrences, double probability) =>
            [.. Enumerable.Range(0, occurrences).Select(_ => random.NextDouble() < probability ? 1 + random.NextInt64(3) : 0)];
    }

    // Fay and Feuer's is Garwood's where all events count alike.
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(300)]
    public void OfEventsThatCountAlikeTheIntervalIsGarwoods(int events)
    {
        var (alike, plain) = (LossRate.Of(Enumerable.Repeat(0.25, events), 0.25), LossRate.Of(events, Day * 4));

        Assert.Equal(plain.Low, alike.Low, 1e-9);
        Assert.Equal(plain.High, alike.High, 1e-9);
    }
}
