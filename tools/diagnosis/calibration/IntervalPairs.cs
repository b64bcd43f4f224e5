using System.Numerics;
using Pcie.Time;

namespace Pcie.Diagnosis.Calibration;

/// <summary>Which interval of a source follows which, told apart by half octaves, so that memory does not grow with the recording.</summary>
internal sealed class IntervalPairs
{
    // Standard deviations from independence: of some sixty limits that are tried none is passed by chance.
    private const double Sure = 5;

    // Of a lesser dependence a machine's waits do not tell.
    private const double LeastDifference = 0.2;

    private readonly Dictionary<(int First, int Second), long> pairs = [];
    private int? last;

    public void Add(long nanoseconds)
    {
        var step = StepOf(nanoseconds);
        if (last is { } first) pairs[(first, step)] = pairs.GetValueOrDefault((first, step)) + 1;
        last = step;
    }

    /// <summary>The next interval follows none.</summary>
    public void Break() => last = null;

    /// <summary>The surest bursts, whatever limit there is between short and long; null if short ones follow each other by chance.</summary>
    public BurstLaw? FindBursts()
    {
        var (surest, best) = (Sure, (BurstLaw?)null);
        foreach (var limit in pairs.Keys.Select(pair => pair.Second).Distinct().Order())
        {
            long Count(bool isFirstShort, bool isSecondShort) => pairs
                .Where(pair => pair.Key.First < limit == isFirstShort && pair.Key.Second < limit == isSecondShort).Sum(pair => pair.Value);

            var (both, end, begin, none) = (Count(true, true), Count(true, false), Count(false, true), Count(false, false));
            if (begin < SourceMeasurement.Rare || end < SourceMeasurement.Rare) continue;
            var law = new BurstLaw(new Duration(LeastOf(limit)), (double)begin / (begin + none), (double)both / (both + end));
            var sure = DeviationOf(both, end, begin, none);
            if (sure <= surest || law.GoesOn - law.Begins < LeastDifference) continue;
            (surest, best) = (sure, law);
        }
        return best;
    }

    // Of a table of two by two whose margins are given (hypergeometric): what the runs test of Wald and Wolfowitz comes to.
    private static double DeviationOf(double both, double end, double begin, double none)
    {
        var (all, first, second) = (both + end + begin + none, both + end, both + begin);
        var variance = first * second * (all - first) * (all - second) / (all * all * (all - 1));
        return variance > 0 ? (both - first * second / all) / Math.Sqrt(variance) : 0;
    }

    private static int StepOf(long nanoseconds)
    {
        var bits = BitOperations.Log2((ulong)Math.Max(2, nanoseconds));
        return 2 * bits + (int)(nanoseconds >> (bits - 1) & 1);
    }

    private static long LeastOf(int step) => (2L + step % 2) << (step / 2 - 1);
}
