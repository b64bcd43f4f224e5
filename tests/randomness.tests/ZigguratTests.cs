namespace Pcie.Randomness.Tests;

public sealed class ZigguratTests
{
    private const int Draws = 2_000_000;

    // The second and fourth lie in the tails beyond the ziggurats, the others in layers low and high.
    [Theory]
    [InlineData(3.0, 0.0013498980316301)]
    [InlineData(3.8, 7.234804392511999e-05)]
    [InlineData(1.0, 0.15865525393145705)]
    [InlineData(-3.9, 0.9999519036559824)]
    [InlineData(0.1, 0.460172162722971)]
    [InlineData(-2.0, 0.9772498680518208)]
    public void NormalVariatesExceedAValueAsOftenAsTheTablesSay(double value, double share) =>
        AssertShareAbove(Normals, value, share);

    [Theory]
    [InlineData(0.01, 0.9900498337491681)]
    [InlineData(0.7, 0.4965853037914095)]
    [InlineData(3.0, 0.049787068367863944)]
    [InlineData(7.5, 0.0005530843701478336)]
    [InlineData(9.0, 0.00012340980408667956)]
    public void ExponentialVariatesExceedAValueAsOftenAsTheTablesSay(double value, double share) =>
        AssertShareAbove(Exponentials, value, share);

    [Fact]
    public void MomentsAreThoseOfTheDistributions()
    {
        // Five standard errors: the root of the variance of the powers over the draws.
        AssertMean(Normals, 0, 1);
        AssertMean(Normals.Select(z => z * z), 1, 2);
        AssertMean(Normals.Select(z => z * z * z * z), 3, 96);
        AssertMean(Exponentials, 1, 1);
        AssertMean(Exponentials.Select(e => e * e), 2, 20);
        Assert.True(Exponentials.Min() >= 0);
    }

    // Were one of these to differ on another machine, runs would too.
    [Fact]
    public void TheBitsAreTheSameEverywhere()
    {
        var stream = new RandomStream(42, "ziggurat");
        var bits = 0UL;
        for (var i = 0; i < 100_000; i++)
        {
            Mix(Ziggurat.NextNormal(stream));
            Mix(Ziggurat.NextExponential(stream));
        }
        Assert.Equal(9112120722106517397UL, bits);

        void Mix(double value) => bits = (bits ^ BitConverter.DoubleToUInt64Bits(value)) * 0x100000001B3;
    }

    private static readonly double[] Normals = Sample(Ziggurat.NextNormal);
    private static readonly double[] Exponentials = Sample(Ziggurat.NextExponential);

    private static double[] Sample(Func<RandomStream, double> draw)
    {
        var stream = new RandomStream(2026, "ziggurat");
        var sample = new double[Draws];
        for (var i = 0; i < Draws; i++) sample[i] = draw(stream);
        return sample;
    }

    private static void AssertShareAbove(double[] sample, double value, double share)
    {
        var actual = sample.Count(v => v > value) / (double)Draws;
        var error = 5 * Math.Sqrt(share * (1 - share) / Draws);
        Assert.InRange(actual, share - error, share + error);
    }

    private static void AssertMean(IEnumerable<double> sample, double mean, double variance)
    {
        var error = 5 * Math.Sqrt(variance / Draws);
        Assert.InRange(sample.Average(), mean - error, mean + error);
    }
}
