using MathNet.Numerics.Distributions;
using Pcie.Time;

namespace Pcie.Diagnosis.Rates;

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

    /// <summary>
    /// Of events that count differently, since each stands for another number of them a day: the gamma interval of Fay and Feuer (1997), which is
    /// Garwood's if all count alike.
    /// </summary>
    /// <param name="counted">For how many a day each event stands.</param>
    /// <param name="heaviest">For how many one would that was not seen, at the most.</param>
    public static LossRate Of(IEnumerable<double> counted, double heaviest)
    {
        var (sum, squares) = (0.0, 0.0);
        foreach (var perDay in counted) (sum, squares) = (sum + perDay, squares + perDay * perDay);
        var (most, spread) = (sum + heaviest, squares + heaviest * heaviest);
        return new LossRate(
            sum,
            sum == 0 ? 0 : squares / sum / 2 * ChiSquared.InvCDF(2 * sum * sum / squares, Tail),
            most == 0 ? 0 : spread / most / 2 * ChiSquared.InvCDF(2 * most * most / spread, 1 - Tail));
    }
}
