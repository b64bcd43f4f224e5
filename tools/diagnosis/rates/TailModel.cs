using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.Diagnosis.Rates;

/// <summary>
/// How often a wait is longer than any that was seen: a generalised Pareto distribution fitted to the excesses over a threshold by
/// probability-weighted moments (Hosking and Wallis 1987), with the spread of 200 resamples as its uncertainty.
/// </summary>
/// <remarks>
/// The waits of a machine are a mixture: what delays every interrupt, and the rare thing that costs the chunk. So the threshold is the widest gap
/// among the longest waits, if there is one, and only what lies above it is fitted.
/// </remarks>
public sealed class TailModel
{
    /// <summary>Fewer excesses than this say nothing about their distribution.</summary>
    public const int FewestExcesses = 10;

    // A wait this many times the next is of another kind.
    private const double Gap = 3;
    private const int Resamples = 200;

    private readonly Duration observed;
    private readonly double[] excesses;
    private readonly Fit[] fits;

    private TailModel(Duration threshold, double[] excesses, Duration observed)
    {
        (Threshold, this.excesses, this.observed) = (threshold, excesses, observed);
        fits = excesses.Length < FewestExcesses ? [] : [Fit.Of(excesses), .. Resampled(excesses)];
    }

    /// <summary>Above this a wait counts.</summary>
    public Duration Threshold { get; }

    /// <summary>Waits above it.</summary>
    public int Excesses => excesses.Length;

    /// <summary>Whether there were enough to fit.</summary>
    public bool IsFitted => fits.Length > 0;

    /// <param name="waits">The longest of each run; each run's list goes down to its own least.</param>
    /// <param name="observed">Simulated time of all of them.</param>
    public static TailModel Of(IEnumerable<IReadOnlyList<Duration>> waits, Duration observed)
    {
        var runs = waits.Where(run => run.Count > 0).ToList();
        // Below the greatest of the runs' least, waits are missing.
        var complete = runs.Count == 0 ? 0 : runs.Max(run => run[^1].Nanoseconds);
        var all = runs.SelectMany(run => run).Select(wait => wait.Nanoseconds).Where(wait => wait >= complete).OrderDescending().ToArray();
        var (widest, above) = (Gap, all.Length - 1);
        for (var i = 0; i + 1 < all.Length; i++)
        {
            var ratio = (double)all[i] / Math.Max(1, all[i + 1]);
            if (ratio > widest) (widest, above) = (ratio, i + 1);
        }
        if (above < 1) return new TailModel(new Duration(all.FirstOrDefault()), [], observed);
        // Within a gap the threshold is free: right below what lies above it.
        var threshold = widest > Gap ? all[above - 1] - 1 : all[above];
        return new TailModel(new Duration(threshold), [.. all[..above].Select(wait => (double)(wait - threshold))], observed);
    }

    /// <summary>Waits a day that are longer than this.</summary>
    /// <exception cref="InvalidOperationException">There were too few to fit.</exception>
    public LossRate Beyond(Duration wait)
    {
        if (!IsFitted) throw new InvalidOperationException("There were too few excesses to fit.");
        var rates = fits.Select(fit => fit.Count * fit.Survival((wait - Threshold).Nanoseconds) / (observed.Nanoseconds / 86_400e9)).ToArray();
        var spread = rates[1..].Order().ToArray();
        return new LossRate(rates[0], spread[(int)(0.025 * Resamples)], spread[(int)(0.975 * Resamples) - 1]);
    }

    private static IEnumerable<Fit> Resampled(double[] excesses)
    {
        var random = new RandomStream(1, "what-if resamples");
        for (var i = 0; i < Resamples; i++)
        {
            var sample = new double[excesses.Length];
            for (var j = 0; j < sample.Length; j++) sample[j] = excesses[(int)(random.NextUInt64() % (ulong)excesses.Length)];
            yield return Fit.Of(sample);
        }
    }

    // Shape as Hosking has it: positive ends somewhere, zero is exponential, negative is heavy.
    private readonly record struct Fit(int Count, double Scale, double Shape)
    {
        public static Fit Of(double[] sample)
        {
            var rising = sample.Order().ToArray();
            var mean = rising.Average();
            var weighted = rising.Select((x, i) => (1 - (i + 0.65) / rising.Length) * x).Average();
            // All the same: what is above the threshold is at one place.
            if (mean <= 2 * weighted) return new Fit(rising.Length, Math.Max(mean, 1), 0);
            return new Fit(rising.Length, 2 * mean * weighted / (mean - 2 * weighted), mean / (mean - 2 * weighted) - 2);
        }

        public double Survival(double excess)
        {
            if (excess <= 0) return 1;
            if (Math.Abs(Shape) < 1e-9) return Math.Exp(-excess / Scale);
            var rest = 1 - Shape * excess / Scale;
            return rest <= 0 ? 0 : Math.Pow(rest, 1 / Shape);
        }
    }
}
