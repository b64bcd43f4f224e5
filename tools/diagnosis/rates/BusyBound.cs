using Pcie.Time;

namespace Pcie.Diagnosis.Rates;

/// <summary>
/// How seldom a processor is kept busy for long: an upper bound, not an estimate, by Chernoff's inequality on the work that arrives. It holds where
/// every duration ends somewhere or falls off fast; where one does not, there is none.
/// </summary>
public static class BusyBound
{
    /// <summary>
    /// The probability, at the most, that a processor at some time is not idle for as long as this from then on. A queue that is empty whenever its
    /// processor is idle: it is not empty from t to t + D only if for some s before t more work than t + D - s came from s on.
    /// </summary>
    /// <returns>The logarithm to base 10; 0 if there is no bound.</returns>
    public static double Log10Beyond(Duration time, IReadOnlyList<ProcessorWork> work)
    {
        if (time <= Duration.Zero) return 0;
        var best = 0.0;
        // From a tenth of the reciprocal time up to what makes the longest work weigh most.
        for (var theta = 0.1 / time.Nanoseconds; theta < 1; theta *= 1.15)
        {
            var (sigma, rho) = (0.0, 0.0);
            foreach (var one in work)
            {
                var bound = one.Bound(theta);
                (sigma, rho) = (sigma + bound.Sigma, rho + bound.Rho);
            }
            if (double.IsInfinity(rho)) break;
            if (rho >= theta) continue;
            // A sum over s in steps of 1 / rho, or one of the time if there is nothing.
            var step = rho > 0 ? Math.Min(1 / rho, time.Nanoseconds) : time.Nanoseconds;
            var log = sigma + rho * step - (theta - rho) * time.Nanoseconds - Math.Log(1 - Math.Exp(-(theta - rho) * step));
            best = Math.Min(best, log);
        }
        return best / Math.Log(10);
    }
}
