using CsCheck;

namespace Pcie.Time.Tests;

public sealed class DurationTests
{
    [Fact]
    public void UnitsAreExact()
    {
        Assert.Equal(3_000, Duration.FromMicroseconds(3).Nanoseconds);
        Assert.Equal(3_000_000, Duration.FromMilliseconds(3).Nanoseconds);
        Assert.Equal(3_000_000_000, Duration.FromSeconds(3).Nanoseconds);
        Assert.Equal(1.5, Duration.FromMilliseconds(1500).Seconds);
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        Assert.Throws<OverflowException>(() => Duration.FromMicroseconds(long.MaxValue / 1_000 + 1));
        Assert.Throws<OverflowException>(() => Duration.FromMilliseconds(long.MaxValue / 1_000_000 + 1));
        Assert.Throws<OverflowException>(() => Duration.FromSeconds(long.MaxValue / 1_000_000_000 + 1));
        Assert.Throws<OverflowException>(() => Duration.Max * 2);
    }

    [Fact]
    public void ArithmeticAndOrderAreThoseOfTheNanoseconds() => Gen.Int.Select(Gen.Int).Sample((a, b) =>
    {
        var (x, y) = (new Duration(a), new Duration(b));
        Assert.Equal(((long)a + b, (long)a - b, (long)a * b), ((x + y).Nanoseconds, (x - y).Nanoseconds, (x * b).Nanoseconds));
        Assert.Equal((a == b, a < b, a <= b, a >= b, a > b), (x == y, x < y, x <= y, x >= y, x > y));
        Assert.Equal(a.CompareTo(b), x.CompareTo(y));
    }, iter: 500);

    [Theory]
    [InlineData(0, "0 ns")]
    [InlineData(850, "850 ns")]
    [InlineData(999, "999 ns")]
    [InlineData(1_000, "1 µs")]
    [InlineData(4_200, "4.2 µs")]
    [InlineData(999_999, "999.999 µs")]
    [InlineData(60_300_000, "60.3 ms")]
    [InlineData(12_500_000_000, "12.5 s")]
    [InlineData(119_000_000_000, "119 s")]
    [InlineData(120_000_000_000, "2 min")]
    [InlineData(7_200_000_000_000, "2 h")]
    [InlineData(86_400_000_000_000, "24 h")]
    [InlineData(-1_500_000, "-1.5 ms")]
    public void ADurationReadsInTheUnitAPersonWouldChoose(long nanoseconds, string expected) =>
        Assert.Equal(expected, new Duration(nanoseconds).ToString());
}
