using CsCheck;

namespace Pcie.Randomness.Tests;

public sealed class PortableMathTests
{
    [Fact]
    public void PowersSideBySideHaveTheBitsOfEachAlone() =>
        Gen.OneOf(Gen.Double[-20, 20], Gen.Double[-800, 800], Gen.Double).Array[0, 40].Sample(values =>
        {
            var together = values.ToArray();
            PortableMath.Exp(together);
            return together.Zip(values).All(pair =>
                BitConverter.DoubleToInt64Bits(pair.First) == BitConverter.DoubleToInt64Bits(PortableMath.Exp(pair.Second)));
        });

    [Fact]
    public void LogarithmAgreesWithThePlatformOverTheWholeRange()
    {
        for (var x = 5e-324; x < 1e308; x *= 1.0137)
        {
            AssertClose(Math.Log(x), PortableMath.Log(x), 1e-15, x);
            // Below a few hundred, a subnormal times 1.0137 rounds back to itself.
            if (x < 1e-320) x += 5e-324;
        }
        AssertClose(Math.Log(double.MaxValue), PortableMath.Log(double.MaxValue), 1e-15, double.MaxValue);
    }

    [Fact]
    public void LogarithmKeepsItsPrecisionNearOne()
    {
        for (var d = 1e-15; d < 0.5; d *= 1.013)
        {
            AssertClose(Math.Log(1 + d), PortableMath.Log(1 + d), 1e-15, 1 + d);
            AssertClose(Math.Log(1 - d), PortableMath.Log(1 - d), 1e-15, 1 - d);
        }
        Assert.Equal(0, PortableMath.Log(1));
    }

    [Fact]
    public void LogarithmAtTheEdgesIsThePlatforms()
    {
        foreach (var x in new[] { 0, -0.0, -1, double.NegativeInfinity, double.PositiveInfinity, double.NaN, double.Epsilon })
            Assert.Equal(Math.Log(x), PortableMath.Log(x), 15);
    }

    [Fact]
    public void ExponentialAgreesWithThePlatformOverTheWholeRange()
    {
        for (var x = -708.0; x < 709.78; x += 0.0173) AssertClose(Math.Exp(x), PortableMath.Exp(x), 1e-15, x);
        for (var x = 1e-300; x < 1; x *= 1.17)
        {
            AssertClose(Math.Exp(x), PortableMath.Exp(x), 1e-15, x);
            AssertClose(Math.Exp(-x), PortableMath.Exp(-x), 1e-15, -x);
        }
        AssertClose(Math.Exp(709.782712893384), PortableMath.Exp(709.782712893384), 1e-15, 709.782712893384);
    }

    [Fact]
    public void ExponentialAtTheEdgesIsThePlatforms()
    {
        foreach (var x in new[] { 0, 709.79, 710, 1e300, -746, -1e300, double.PositiveInfinity, double.NegativeInfinity, double.NaN })
            Assert.Equal(Math.Exp(x), PortableMath.Exp(x));
        // Subnormal results are rounded twice: the last place may differ.
        for (var x = -745.5; x < -708; x += 0.01) Assert.InRange(PortableMath.Exp(x) - Math.Exp(x), -double.Epsilon, double.Epsilon);
    }

    // Were one of these to differ on another machine, runs would too. Bits, not values: nothing is lost in printing.
    [Fact]
    public void TheBitsAreTheSameEverywhere()
    {
        var bits = 0UL;
        for (var i = 1; i < 1000; i++)
        {
            Mix(PortableMath.Log(i / 1000.0));
            Mix(PortableMath.Exp(i / 100.0 - 5));
        }
        Assert.Equal(5626540876987228643UL, bits);

        void Mix(double value) => bits = (bits ^ BitConverter.DoubleToUInt64Bits(value)) * 0x100000001B3;
    }

    private static void AssertClose(double expected, double actual, double relative, double at) =>
        Assert.True(Math.Abs(actual - expected) <= relative * Math.Abs(expected),
            $"At {at:R}: expected {expected:R}, got {actual:R}, off by {Math.Abs(actual / expected - 1):E1}.");
}
