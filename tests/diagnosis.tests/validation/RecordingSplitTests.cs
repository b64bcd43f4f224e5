using Pcie.Diagnosis.Machine;
using Pcie.Diagnosis.Validation;
using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Diagnosis.Tests.Validation;

public sealed class RecordingSplitTests
{
    private static (long Before, long After) Runs(double share, int slices)
    {
        var (before, after) = (new ProcessorWaits(), new ProcessorWaits());
        var split = new RecordingSplit(SimTime.Zero, new Duration(1_000 / slices), share, before, after);
        var dpc = split.Source("d");
        // Asked for every 100 ns; one, at 490, runs in the other half.
        for (var i = 0; i < 10; i++)
        {
            split.Add(new Instant(InstantKind.DpcQueued, 0, dpc, new SimTime(100 * i + 90)));
            split.Add(new Interval(IntervalKind.Dpc, 0, dpc, new SimTime(100 * i + 105), new SimTime(100 * i + 110)));
        }
        return (Count(before), Count(after));

        static long Count(ProcessorWaits waits) => waits.Samples.Sum(sample => sample.Waits.Count);
    }

    // At 490 and 990 it is asked for in one part and runs in the next.
    [Theory]
    [InlineData(0.5, 1, 4, 4)]
    [InlineData(0.2, 1, 1, 7)]
    public void WhatLiesAcrossAnEdgeIsInNeitherPart(double share, int slices, long before, long after)
    {
        Assert.Equal((before, after), Runs(share, slices));
    }

    [Theory]
    [InlineData(1_000, 1_000)]
    [InlineData(10, 10)]
    [InlineData(7, 1)]
    public void TheResolutionOfTheClockIsThatOfTheTimesThatAreSeen(long step, long resolution)
    {
        var extent = new RecordingExtent();
        var source = extent.Source("s");
        for (var i = 1; i <= 200; i++) extent.Add(new Interval(IntervalKind.Isr, 0, source, new SimTime(i * step), new SimTime(i * step)));

        Assert.Equal((resolution, step), (extent.Resolution.Nanoseconds, extent.Begin.Nanoseconds));
    }
}
