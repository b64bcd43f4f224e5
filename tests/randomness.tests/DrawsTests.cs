using CsCheck;
using Pcie.Time;

namespace Pcie.Randomness.Tests;

public sealed class DrawsTests
{
    private static readonly Duration Ms = Duration.FromMilliseconds(1);

    private static readonly Gen<Distribution> Distributions = Gen.OneOf(
        Gen.Long[0, 1_000_000].Select(value => Distribution.Fixed(new Duration(value))),
        Gen.Select(Gen.Long[0, 1_000_000], Gen.Long[0, 1_000_000], (least, more) => Distribution.Uniform(new(least), new(least + more))),
        Gen.Select(Gen.Long[0, 1_000_000], Gen.Long[0, 1_000_000], (mean, most) => Distribution.Exponential(new(mean), new(most))),
        Gen.Select(Gen.Long[0, 1_000_000], Gen.Double[0, 1000], (median, sigma) => Distribution.LogNormal(new(median), sigma)),
        Gen.Select(Gen.Long[0, 1_000_000], Gen.Double[0.001, 10], (least, alpha) => Distribution.Pareto(new(least), alpha)),
        Gen.Select(Gen.Long[0, 1_000_000], Gen.Double[0, 0.4],
            (median, from) => Distribution.LogNormal(new(median), 0.6, Ms).Part(1 - from, from)),
        Gen.Long[0, 1_000_000].Array[Distribution.LevelCount].Select(values =>
            Distribution.Quantiles([.. values.Order().Select(value => new Duration(value))])));

    [Fact]
    public void DrawsAreThoseThatAreMadeOneByOne() => Gen.Select(Distributions, Gen.ULong, Gen.Int[1, 200]).Sample((distribution, seed, count) =>
    {
        var draws = new Draws(distribution, new RandomStream(seed, "draws"));
        var stream = new RandomStream(seed, "draws");
        for (var i = 0; i < count; i++)
            if (draws.Next() != distribution.Draw(stream)) return false;
        return true;
    });

    [Fact]
    public void ARoomOfAnyLengthIsFilledWithWhatComesOneByOne() =>
        Gen.Select(Distributions, Gen.ULong, Gen.Int[0, 300]).Sample((distribution, seed, length) =>
        {
            var filled = new Duration[length];
            var (many, one) = (new RandomStream(seed, "fill"), new RandomStream(seed, "fill"));
            distribution.Fill(filled, many);
            return filled.All(duration => duration == distribution.Draw(one)) && many.NextUInt64() == one.NextUInt64();
        });

    [Fact]
    public void AnIntervalIsNeverZero()
    {
        Assert.Equal(Duration.Zero, new Draws(Distribution.Fixed(Duration.Zero), new RandomStream(5, "none")).Next());
        Assert.Equal(new Duration(1), Draws.Intervals(Distribution.Fixed(Duration.Zero), new RandomStream(5, "none")).Next());
        Assert.Equal(Ms, Draws.Intervals(Distribution.Fixed(Ms), new RandomStream(5, "fixed")).Next());
        var brief = Draws.Intervals(Distribution.Exponential(new(1)), new RandomStream(5, "interval"));
        for (var i = 0; i < 1000; i++) Assert.True(brief.Next() >= new Duration(1));
    }

    [Fact]
    public void MakingThemAllocatesNothing()
    {
        Draws[] all =
        [
            new(Distribution.LogNormal(Ms, 0.6), new RandomStream(1, "a")), new(Distribution.Pareto(Ms, 1.8), new RandomStream(1, "b")),
            Draws.Intervals(Distribution.Exponential(Ms), new RandomStream(1, "c")),
        ];
        Take();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Take();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Take()
        {
            for (var i = 0; i < 1000; i++)
                foreach (var draws in all) draws.Next();
        }
    }
}
