using System.ComponentModel;

namespace Pcie.Diagnosis.Rates;

/// <summary>A <see cref="LossRate"/> as JSON.</summary>
public sealed record RateFigures(
    double PerDay,
    [property: Description("The lower limit of 95 % confidence, a day.")] double Low,
    [property: Description("The upper limit of 95 % confidence, a day.")] double High)
{
    public static RateFigures Of(LossRate rate) => new(rate.PerDay, rate.Low, rate.High);
}
