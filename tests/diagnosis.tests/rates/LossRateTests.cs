using Pcie.Diagnosis.Rates;
using Pcie.Time;

namespace Pcie.Diagnosis.Tests.Rates;

public sealed class LossRateTests
{
    private static readonly Duration Day = Duration.FromSeconds(86_400);

    // Garwood 1936, as tables of Poisson intervals have it.
    [Theory]
    [InlineData(0, 0, 3.689)]
    [InlineData(1, 0.0253, 5.572)]
    [InlineData(2, 0.242, 7.225)]
    [InlineData(10, 4.795, 18.39)]
    [InlineData(100, 81.36, 121.6)]
    public void TheIntervalIsThatOfTheTables(long events, double low, double high)
    {
        var rate = LossRate.Of(events, Day);
        Assert.Equal(events, rate.PerDay);
        Assert.Equal(low, rate.Low, low / 1000 + 1e-9);
        Assert.Equal(high, rate.High, high / 1000);
    }

    [Fact]
    public void TwoDaysWithoutALossAllowHalfAsMany() =>
        Assert.Equal(LossRate.Of(0, Day).High / 2, LossRate.Of(0, new Duration(2 * Day.Nanoseconds)).High, 1e-9);
}
