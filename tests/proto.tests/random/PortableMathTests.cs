using Pcie.Random;

namespace Pcie.Proto.Tests.Random;

public sealed class PortableMathTests
{
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

    // Found by bisection of the complementary error function in Python.
    [Theory]
    [InlineData(1e-300, -37.0470962993612)]
    [InlineData(1e-100, -21.273453560965322)]
    [InlineData(1e-20, -9.262340089798407)]
    [InlineData(1e-15, -7.941345326170998)]
    [InlineData(1e-9, -5.997807015007687)]
    [InlineData(1e-6, -4.753424308822899)]
    [InlineData(0.0001, -3.719016485455681)]
    [InlineData(0.001, -3.090232306167814)]
    [InlineData(0.01, -2.3263478740408416)]
    [InlineData(0.025, -1.9599639845400545)]
    [InlineData(0.075, -1.4395314709384563)]
    [InlineData(0.1, -1.2815515655446008)]
    [InlineData(0.25, -0.6744897501960818)]
    [InlineData(0.4, -0.2533471031357999)]
    [InlineData(0.49, -0.02506890825871113)]
    public void NormalQuantileIsThatOfTheTables(double p, double z)
    {
        AssertClose(z, PortableMath.NormalQuantile(p), 1e-14, p);
        if (p > 1e-3) AssertClose(-z, PortableMath.NormalQuantile(1 - p), 1e-12, 1 - p);
    }

    [Fact]
    public void NormalQuantileNeverFalls()
    {
        var last = double.NegativeInfinity;
        for (var i = 1; i < 200_000; i++)
        {
            var z = PortableMath.NormalQuantile(i / 200_000.0);
            Assert.True(z > last, $"The quantile falls at p = {i / 200_000.0:R}.");
            last = z;
        }
    }

    [Fact]
    public void NormalQuantileAtTheEdges()
    {
        Assert.Equal(0, PortableMath.NormalQuantile(0.5));
        Assert.Equal(double.NegativeInfinity, PortableMath.NormalQuantile(0));
        Assert.Equal(double.PositiveInfinity, PortableMath.NormalQuantile(1));
        Assert.Equal(double.NaN, PortableMath.NormalQuantile(-0.1));
        Assert.Equal(double.NaN, PortableMath.NormalQuantile(1.1));
        Assert.Equal(double.NaN, PortableMath.NormalQuantile(double.NaN));
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
            Mix(PortableMath.NormalQuantile(i / 1000.0));
        }
        Assert.Equal(3212529798399208346UL, bits);

        void Mix(double value) => bits = (bits ^ BitConverter.DoubleToUInt64Bits(value)) * 0x100000001B3;
    }

    private static void AssertClose(double expected, double actual, double relative, double at) =>
        Assert.True(Math.Abs(actual - expected) <= relative * Math.Abs(expected),
            $"At {at:R}: expected {expected:R}, got {actual:R}, off by {Math.Abs(actual / expected - 1):E1}.");
}
