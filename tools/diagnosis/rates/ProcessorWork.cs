using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.Diagnosis.Rates;

/// <summary>Something that keeps a processor at DISPATCH_LEVEL or above, again and again, or once.</summary>
public sealed class ProcessorWork
{
    // The share of a geometric series that is left to its sum: nearer to 1, a steeper rate is allowed and a greater factor paid.
    private const double Ratio = 0.9;

    private readonly Distribution? interval;
    private readonly int burst;
    private readonly Duration late;

    // Of each part, and of the intervals, how likely a cell is and its upper or its lower end.
    private readonly (double Probability, double Most)[][] parts;
    private readonly (double Probability, double Least)[] intervals;

    /// <param name="work">What each occurrence takes: the sum of these, drawn independently.</param>
    /// <param name="interval">From one occurrence to the next.</param>
    /// <param name="burst">How often it comes at each.</param>
    /// <param name="late">By how much an occurrence may come later than its interval says, or its work be served later than the queue allows.</param>
    public ProcessorWork(IEnumerable<Distribution> work, Distribution interval, int burst = 1, Duration late = default)
        : this(work, burst)
    {
        (this.interval, this.late) = (interval, late);
        intervals = [.. interval.Cells().Select(cell => (cell.Probability, (double)Math.Max(1, cell.Least.Nanoseconds)))];
        BeyondCellsPerDay = BeyondCells * 86_400e9 / intervals.Sum(cell => cell.Probability * cell.Least);
    }

    private ProcessorWork(IEnumerable<Distribution> work, int burst)
    {
        this.burst = burst;
        var cells = work.Select(part => part.Cells().ToList()).ToList();
        // Nothing that has no end is bounded: beyond what is exceeded once in 10^18 draws it is told apart.
        parts = [.. cells.Select(part => part.Where(cell => cell.Most < Duration.Max)
            .Select(cell => (cell.Probability, (double)cell.Most.Nanoseconds)).ToArray())];
        intervals = [];
        BeyondCells = burst * cells.Sum(part => part.Where(cell => cell.Most == Duration.Max).Sum(cell => cell.Probability));
    }

    /// <summary>How likely an occurrence takes longer than <see cref="Bound"/> counts, at the most.</summary>
    public double BeyondCells { get; }

    /// <summary>How often a day, at the most, one does; 0 of what comes once.</summary>
    public double BeyondCellsPerDay { get; }

    /// <summary>What comes once, at any time.</summary>
    public static ProcessorWork Once(IEnumerable<Distribution> work) => new(work, burst: 1);

    /// <summary>
    /// An upper bound of the logarithm of E exp(theta A), A the work that arrives in any window: it grows with the window's length no faster than
    /// at a rate, from a beginning (Chang's sigma and rho).
    /// </summary>
    /// <param name="theta">By nanosecond.</param>
    public (double Sigma, double Rho) Bound(double theta)
    {
        var growth = burst * parts.Sum(part => Math.Log(part.Sum(cell => cell.Probability * Math.Exp(theta * cell.Most))));
        if (!(growth < 600)) return (double.PositiveInfinity, double.PositiveInfinity);
        var (sigma, rho) = BoundOnTime(growth);
        // What is late may have been due before the window.
        return (sigma + rho * late.Nanoseconds, rho);
    }

    private (double Sigma, double Rho) BoundOnTime(double growth)
    {
        // All of it, in a window that has it.
        if (interval is null) return (growth, 0);
        // As many as fit, and one.
        if (interval.Constant is { } period) return (growth, growth / period.Nanoseconds);
        // A compound Poisson process: exact.
        if (interval.MemorylessMean is { } mean) return (0, (Math.Exp(growth) - 1) / mean.Nanoseconds);
        // P(N >= k) <= exp(sL) E exp(-sX)^(k-1), summed over k.
        return (Math.Log(1 + (Math.Exp(growth) - 1) / (1 - Ratio)), RateFor(Math.Exp(-growth) * Ratio));
    }

    // The s for which E exp(-s X) is so small.
    private double RateFor(double target)
    {
        var (low, high) = (Math.Log(1e-15), Math.Log(100));
        for (var i = 0; i < 40; i++)
        {
            var middle = (low + high) / 2;
            var s = Math.Exp(middle);
            if (intervals.Sum(cell => cell.Probability * Math.Exp(-s * cell.Least)) > target) low = middle;
            else high = middle;
        }
        return Math.Exp(high);
    }
}
