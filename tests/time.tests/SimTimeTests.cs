using CsCheck;

namespace Pcie.Time.Tests;

public sealed class SimTimeTests
{
    [Fact]
    public void NothingIsLaterThanNever()
    {
        Assert.Equal(SimTime.Never, SimTime.Never + new Duration(1));
        Assert.Equal(SimTime.Never, SimTime.Never + new Duration(-1));
        Assert.Equal(SimTime.Never, SimTime.Never - Duration.FromSeconds(1));
        Assert.Equal(SimTime.Never, SimTime.Zero + Duration.Max);
        Assert.Equal(SimTime.Never, new SimTime(5) + Duration.Max);
        Assert.Equal(new SimTime(long.MaxValue - 1), new SimTime(5) + new Duration(long.MaxValue - 6));
        Assert.Equal(SimTime.Never, new SimTime(5) + new Duration(long.MaxValue - 5));
    }

    [Fact]
    public void ADifferenceLeadsBack() => Gen.Long[0, 1L << 61].Select(Gen.Long[0, 1L << 61]).Sample((a, b) =>
    {
        var (from, to) = (new SimTime(a), new SimTime(b));
        Assert.Equal(to, from + (to - from));
        Assert.Equal(from, to - (to - from));
    }, iter: 500);

    [Fact]
    public void OrderIsThatOfTheNanoseconds() => Gen.Long.Select(Gen.Long).Sample((a, b) =>
    {
        var (x, y) = (new SimTime(a), new SimTime(b));
        Assert.Equal((a == b, a < b, a <= b, a >= b, a > b), (x == y, x < y, x <= y, x >= y, x > y));
        Assert.Equal((Math.Min(a, b), Math.Max(a, b)), (SimTime.Min(x, y).Nanoseconds, SimTime.Max(x, y).Nanoseconds));
        Assert.Equal(a.CompareTo(b), x.CompareTo(y));
    }, iter: 500);

    [Theory]
    [InlineData(0, "00:00:00.000000000")]
    [InlineData(1, "00:00:00.000000001")]
    [InlineData(48_127_418_003_120, "13:22:07.418003120")]
    [InlineData(86_399_999_999_999, "23:59:59.999999999")]
    [InlineData(86_400_000_000_000, "1d 00:00:00.000000000")]
    [InlineData(long.MaxValue, "never")]
    public void ATimeReadsAsAClock(long nanoseconds, string expected) => Assert.Equal(expected, new SimTime(nanoseconds).ToString());
}
