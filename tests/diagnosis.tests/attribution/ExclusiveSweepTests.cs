using CsCheck;
using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Machine;
using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Diagnosis.Tests.Attribution;

public class ExclusiveSweepTests
{
    private const int Longest = 60;

    private static readonly Gen<Interval[]> Intervals =
        Gen.Select(Gen.Enum<IntervalKind>(), Gen.Int[0, Longest], Gen.Int[0, Longest], Gen.Int[0, 5]).Select(
            (kind, a, b, source) => new Interval(kind, 0, source, new SimTime(Math.Min(a, b)), new SimTime(Math.Max(a, b)))).Array[0, 12];

    // Pitfall (ii) of the analyzer's: nested ISRs counted twice exceed 100 %.
    [Fact]
    public void EveryNanosecondIsSharedOutOnceAndToTheInnermost() =>
        Gen.Select(Intervals, Gen.Int[0, Longest], Gen.Int[0, Longest]).Sample((intervals, a, b) =>
        {
            var (begin, end) = (Math.Min(a, b), Math.Max(a, b));
            var sorted = intervals.ToList();
            sorted.Sort(ExclusiveSweep.Order);
            var credits = new long[sorted.Count];
            var rest = ExclusiveSweep.Credit([.. sorted], begin, end, credits);

            var (expected, uncovered) = NanosecondByNanosecond(sorted, begin, end);
            Assert.Equal(expected, credits);
            Assert.Equal(uncovered, rest);
            Assert.Equal(end - begin, credits.Sum() + rest);
        }, iter: 20_000);

    private static (long[] Credits, long Uncovered) NanosecondByNanosecond(List<Interval> sorted, int begin, int end)
    {
        var (credits, uncovered) = (new long[sorted.Count], 0L);
        for (var t = begin; t < end; t++)
        {
            var innermost = sorted.FindLastIndex(interval => interval.Begin.Nanoseconds <= t && t < interval.End.Nanoseconds);
            if (innermost < 0) uncovered++;
            else credits[innermost]++;
        }
        return (credits, uncovered);
    }
}
