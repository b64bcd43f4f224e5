using CsCheck;
using Pcie.Diagnosis.Machine;
using Pcie.Time;

namespace Pcie.Diagnosis.Tests.Machine;

public sealed class TimeCountsTests
{
    // Of all times, sorted: exact up to 2 µs, and to one part in a thousand above.
    [Fact]
    public void QuantilesMeanAndStepsAreThoseOfTheTimesToThreeDigits() =>
        Gen.Select(Gen.OneOf(Gen.Long[0, 3_000], Gen.Long[0, 10_000_000_000]).Array[1, 300], Gen.Double[0, 100]).Sample((times, percent) =>
        {
            var counts = new TimeCounts();
            foreach (var time in times) counts.Add(new Duration(time));
            Array.Sort(times);

            var exact = times[(int)Math.Clamp(Math.Round(percent / 100 * times.Length, MidpointRounding.AwayFromZero), 1, times.Length) - 1];
            Assert.InRange(counts.HighestAt(percent).Nanoseconds, exact, exact + exact / 1_000);
            Assert.Equal((times.Length, times[^1]), (counts.Count, counts.Max.Nanoseconds));
            Assert.InRange(counts.Mean, 0.999 * times.Average(), 1.001 * times.Average());
            Assert.Equal(times.Length, counts.Steps.Sum(step => step.Count));
            Assert.Equal(counts.Steps.OrderBy(step => step.UpTo), counts.Steps);
            Assert.All(counts.StepsFrom.Zip(counts.Steps), step => Assert.True(step.First.From <= step.Second.UpTo));
        }, iter: 300);

    [Fact]
    public void WhatIsAddedTogetherIsAsIfCountedTogether() => Gen.Long[0, 100_000].Array.Select(Gen.Long[0, 100_000].Array).Sample((a, b) =>
    {
        var (first, second, both) = (Counted(a), Counted(b), Counted([.. a, .. b]));
        first.Add(second);
        Assert.Equal(both.Steps, first.Steps);
        Assert.Equal((both.Count, both.Max), (first.Count, first.Max));
    }, iter: 100);

    private static TimeCounts Counted(long[] times)
    {
        var counts = new TimeCounts();
        foreach (var time in times) counts.Add(new Duration(time));
        return counts;
    }
}
