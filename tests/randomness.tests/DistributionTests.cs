using CsCheck;
using Pcie.Time;

namespace Pcie.Randomness.Tests;

public sealed class DistributionTests
{
    private const int Draws = 200_000;
    private static readonly Duration Ms = Duration.FromMilliseconds(1);

    [Fact]
    public void FixedDrawsAreTheValueAndTakeNothingFromTheStream()
    {
        var (used, untouched) = (new RandomStream(1, "fixed"), new RandomStream(1, "fixed"));
        Assert.Equal(Ms, Distribution.Fixed(Ms).Draw(used));
        Assert.Equal(untouched.NextUInt64(), used.NextUInt64());
    }

    [Fact]
    public void UniformDrawsCoverBothEnds()
    {
        var sample = Sample(Distribution.Uniform(new(10), new(13)));
        Assert.Equal([10, 11, 12, 13], sample.Distinct());
        Assert.InRange(sample.Average(), 11.5 - 0.02, 11.5 + 0.02);
    }

    [Fact]
    public void ExponentialHasItsMeanItsSpreadAndItsQuantiles()
    {
        var sample = Sample(Distribution.Exponential(Ms));
        // Five standard errors, as everywhere here: spread / sqrt(Draws) for a mean, sqrt(p(1-p)/Draws) for a share.
        Assert.InRange(sample.Average(), 1e6 - 5 * 2236, 1e6 + 5 * 2236);
        AssertShareBelow(sample, 1e6 * Math.Log(2), 0.5);
        AssertShareBelow(sample, 1e6 * Math.Log(1000), 0.999);
    }

    [Fact]
    public void LogNormalHasItsMedianAndItsQuantiles()
    {
        var sample = Sample(Distribution.LogNormal(Ms, 0.6));
        AssertShareBelow(sample, 1e6, 0.5);
        AssertShareBelow(sample, 1e6 * Math.Exp(-0.6), 0.158655);
        AssertShareBelow(sample, 1e6 * Math.Exp(0.6 * 2.326348), 0.99);
        // The mean of a log-normal variate is e^(sigma²/2) medians; its spread here 0.79 ms.
        var mean = 1e6 * Math.Exp(0.18);
        Assert.InRange(sample.Average(), mean - 5 * 1766, mean + 5 * 1766);
    }

    [Fact]
    public void ParetoHasItsMinimumAndItsTail()
    {
        var sample = Sample(Distribution.Pareto(Ms, 1.8));
        Assert.InRange(sample[0], 1_000_000, 1_000_100);
        AssertShareBelow(sample, 1e6 * Math.Pow(2, 1 / 1.8), 0.5);
        AssertShareBelow(sample, 1e6 * Math.Pow(1000, 1 / 1.8), 0.999);
    }

    [Fact]
    public void APartHasTheDrawsBetweenItsQuantilesAndAllPartsTogetherAreTheWhole()
    {
        var whole = Distribution.LogNormal(Ms, 0.6);
        var (body, tail) = (Sample(whole.Part(1, 0.01)), Sample(whole.Part(0.01, 0)));

        var edge = whole.Exceeded(0.01).Nanoseconds;
        Assert.Equal((true, true), (body[^1] <= edge, tail[0] >= edge));
        AssertShareBelow(body, 1e6, 0.5 / 0.99);
        AssertShareBelow(tail, whole.Exceeded(0.002).Nanoseconds, 0.8);
        Assert.Equal(edge, whole.Part(0.5, 0.01).Maximum.Nanoseconds);
        Assert.Equal(whole.Exceeded(0.255), whole.Part(0.5, 0.01).Exceeded(0.5));
        Assert.Equal(Ms, Distribution.Fixed(Ms).Part(0.1, 0).Constant);
        Assert.Throws<ArgumentOutOfRangeException>(() => whole.Part(0.1, 0.1));
    }

    [Fact]
    public void AMaximumClampsTheTailAndNothingElse() => Gen.Int[0, 2].Select(Gen.ULong).Sample((kind, seed) =>
    {
        var make = Uncapped[kind];
        var cap = Duration.FromMicroseconds(900);
        var (free, capped) = (make(null), make(cap));
        var (a, b) = (new RandomStream(seed, "cap"), new RandomStream(seed, "cap"));
        for (var i = 0; i < 50; i++)
        {
            var drawn = free.Draw(a);
            Assert.Equal(drawn > cap ? cap : drawn, capped.Draw(b));
        }
    }, iter: 300);

    [Fact]
    public void NoDrawIsNegativeOrOverflows()
    {
        Duration[] scales = [Duration.Zero, new(1), Ms, new(long.MaxValue - 1), Duration.Max];
        foreach (var scale in scales)
            foreach (var shape in new[] { 1e-300, 0.01, 1, 40, 1e300 })
                foreach (var distribution in new[]
                {
                    Distribution.Exponential(scale), Distribution.LogNormal(scale, shape), Distribution.Pareto(scale, shape),
                })
                {
                    var stream = new RandomStream(5, "extremes");
                    for (var i = 0; i < 200; i++)
                    {
                        var drawn = distribution.Draw(stream);
                        Assert.True(drawn >= Duration.Zero, $"{distribution} drew {drawn.Nanoseconds} ns.");
                    }
                }
    }

    [Fact]
    public void FirstDrawsAreKeptForEver()
    {
        var stream = new RandomStream(42, "golden");
        Distribution[] all =
        [
            Distribution.Uniform(Ms, Ms * 2), Distribution.Exponential(Ms), Distribution.LogNormal(Ms, 0.6), Distribution.Pareto(Ms, 1.8),
        ];
        long[] first = [1119160, 559938, 280053, 3302193, 1747988, 3555534, 723352, 1016243];
        Assert.Equal(first, all.Concat(all).Select(d => d.Draw(stream).Nanoseconds).ToArray());
    }

    [Fact]
    public void DrawsAllocateNothing()
    {
        var stream = new RandomStream(1, "allocations");
        Distribution[] all =
        [
            Distribution.Fixed(Ms), Distribution.Uniform(Ms, Ms * 2), Distribution.Exponential(Ms, Ms), Distribution.LogNormal(Ms, 0.6),
            Distribution.Pareto(Ms, 1.8),
        ];
        Draw();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Draw();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Draw()
        {
            for (var i = 0; i < 100; i++)
                foreach (var d in all) d.Draw(stream);
        }
    }

    [Fact]
    public void ImpossibleParametersAreRefused()
    {
        var negative = new Duration(-1);
        Assert.Throws<ArgumentOutOfRangeException>(() => Distribution.Fixed(negative));
        Assert.Throws<ArgumentOutOfRangeException>(() => Distribution.Uniform(Ms * 2, Ms));
        Assert.Throws<ArgumentOutOfRangeException>(() => Distribution.Uniform(negative, Ms));
        Assert.Throws<ArgumentOutOfRangeException>(() => Distribution.Uniform(Duration.Zero, Duration.Max));
        Assert.Throws<ArgumentOutOfRangeException>(() => Distribution.Exponential(negative));
        Assert.Throws<ArgumentOutOfRangeException>(() => Distribution.Exponential(Ms, negative));
        foreach (var sigma in new[] { -0.1, double.NaN, double.PositiveInfinity })
            Assert.Throws<ArgumentOutOfRangeException>(() => Distribution.LogNormal(Ms, sigma));
        foreach (var alpha in new[] { 0, -1, double.NaN, double.PositiveInfinity })
            Assert.Throws<ArgumentOutOfRangeException>(() => Distribution.Pareto(Ms, alpha));
    }

    [Fact]
    public void ADistributionSaysWhatItIs()
    {
        Assert.Equal("1 ms", Distribution.Fixed(Ms).ToString());
        Assert.Equal("uniform, 1 ms to 2 ms", Distribution.Uniform(Ms, Ms * 2).ToString());
        Assert.Equal("exponential, mean 1 ms", Distribution.Exponential(Ms).ToString());
        Assert.Equal("exponential, mean 1 ms, at most 2 ms", Distribution.Exponential(Ms, Ms * 2).ToString());
        Assert.Equal("log-normal, median 80 µs, sigma 0.6, at most 5 ms",
            Distribution.LogNormal(Duration.FromMicroseconds(80), 0.6, Ms * 5).ToString());
        Assert.Equal("Pareto, minimum 1 ms, alpha 1.8", Distribution.Pareto(Ms, 1.8).ToString());
    }

    private static readonly Func<Duration?, Distribution>[] Uncapped =
    [
        cap => Distribution.Exponential(Ms, cap),
        cap => Distribution.LogNormal(Ms, 0.6, cap),
        cap => Distribution.Pareto(Duration.FromMicroseconds(600), 1.8, cap),
    ];

    private static long[] Sample(Distribution distribution)
    {
        var stream = new RandomStream(2026, distribution.ToString());
        var sample = new long[Draws];
        for (var i = 0; i < Draws; i++) sample[i] = distribution.Draw(stream).Nanoseconds;
        Array.Sort(sample);
        return sample;
    }

    private static void AssertShareBelow(long[] sorted, double value, double share)
    {
        var actual = sorted.Count(v => v < value) / (double)sorted.Length;
        var error = 5 * Math.Sqrt(share * (1 - share) / sorted.Length);
        Assert.InRange(actual, share - error, share + error);
    }

    [Fact]
    public void QuantilesAreDrawnAsOftenAsTheirLevelsSay()
    {
        var values = Distribution.QuantileLevels.Select((_, i) => new Duration(i * i * 1_000)).ToArray();
        var distribution = Distribution.Quantiles(values);
        var stream = new RandomStream(1, "quantiles");
        var draws = Enumerable.Range(0, 200_000).Select(_ => distribution.Draw(stream)).ToArray();
        for (var i = 0; i < values.Length; i++)
            Assert.Equal(Distribution.QuantileLevels[i], draws.Count(d => d < values[i]) / (double)draws.Length, 0.005);
        Assert.InRange(draws.Max().Nanoseconds, values[^2].Nanoseconds, values[^1].Nanoseconds);
        Assert.Throws<ArgumentException>(() => Distribution.Quantiles([.. values.Reverse()]));
        Assert.Throws<ArgumentException>(() => Distribution.Quantiles(values[1..]));
    }

    public static TheoryData<string> Forms => [.. ByName.Keys];

    private static readonly Dictionary<string, Distribution> ByName = new()
    {
        ["fixed"] = Distribution.Fixed(Ms),
        ["uniform"] = Distribution.Uniform(new(10), new(1_000)),
        ["exponential"] = Distribution.Exponential(Ms),
        ["log-normal"] = Distribution.LogNormal(Ms, 0.6),
        ["log-normal with an end"] = Distribution.LogNormal(Ms, 0.6, Duration.FromMilliseconds(2)),
        ["Pareto"] = Distribution.Pareto(Ms, 1.9),
        ["as measured"] = Distribution.Quantiles([.. Enumerable.Range(0, Distribution.LevelCount).Select(i => new Duration(1_000L * i * i))]),
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void WhatIsExceededWithAProbabilityDrawsExceedAsOften(string form)
    {
        var distribution = ByName[form];
        var sample = Sample(distribution);
        foreach (var probability in (double[])[0.9, 0.5, 0.1, 0.01, 0.001])
        {
            var value = distribution.Exceeded(probability);
            // Above the end there is nothing, and a fixed value is not exceeded.
            if (value < distribution.Maximum && form != "fixed") AssertShareBelow(sample, value.Nanoseconds + 0.5, 1 - probability);
        }
        Assert.Equal(distribution.Constant ?? distribution.Maximum, distribution.Exceeded(0));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void CellsHoldAllDrawsAndTheirEndsBoundTheMean(string form)
    {
        var distribution = ByName[form];
        var cells = distribution.Cells().ToList();
        var mean = Sample(distribution).Average();

        Assert.Equal(1, cells.Sum(cell => cell.Probability), 1e-12);
        Assert.All(cells, cell => Assert.True(cell.Least <= cell.Most));
        Assert.InRange(mean, 0.97 * cells.Sum(cell => cell.Probability * cell.Least.Nanoseconds),
            1.03 * cells.Where(cell => cell.Probability > 1e-17).Sum(cell => cell.Probability * cell.Most.Nanoseconds));
    }

    // To nine digits, as tables have them.
    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1, 0.158655253931457)]
    [InlineData(2.9, 0.00186581330038404)]
    [InlineData(3.1, 0.000967603213218358)]
    [InlineData(8, 6.22096057427178e-16)]
    [InlineData(-2, 0.977249868051821)]
    public void TheNormalTailIsThatOfTheTables(double z, double beyond)
    {
        Assert.Equal(1, NormalTail.Beyond(z) / beyond, 1e-9);
        Assert.Equal(z, NormalTail.Inverse(beyond), 1e-9);
    }
}
