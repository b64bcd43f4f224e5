using MathNet.Numerics.Distributions;
using Pcie.Time;

namespace Pcie.Diagnosis.WhatIf;

/// <summary>Events a day, with a confidence interval of 95 %: Garwood's, which is exact for events that come independently (Poisson).</summary>
/// <param name="Low">0 if none was seen.</param>
/// <param name="High">If none was seen, 3.7 for each day: the two-sided form of the rule of three.</param>
public readonly record struct LossRate(double PerDay, double Low, double High)
{
    private const double Tail = 0.025;

    public static LossRate Of(long events, Duration observed)
    {
        var days = observed.Nanoseconds / 86_400e9;
        return new LossRate(
            events / days,
            events == 0 ? 0 : ChiSquared.InvCDF(2.0 * events, Tail) / 2 / days,
            ChiSquared.InvCDF(2.0 * events + 2, 1 - Tail) / 2 / days);
    }
}
