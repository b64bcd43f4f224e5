using Pcie.Diagnosis.Calibration;
using Pcie.Diagnosis.Machine;
using Pcie.DriverModel.Interference;
using Pcie.DriverModel.Scenario;
using Pcie.Playback;
using Pcie.Randomness;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.Diagnosis.Tests.Calibration;

/// <summary>How intervals of a source follow each other.</summary>
public sealed class BurstTests
{
    private const int Occurrences = 5_000;

    [Theory]
    [InlineData(0.05, 0.95)]
    [InlineData(0.2, 0.6)]
    [InlineData(0.5, 0.9)]
    public void ASourceThatCameInBurstsIsWrittenAsOneThatDoes(double begins, double goesOn)
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            var machine = Recorded(begins, goesOn, seed);
            var text = InterferenceSections.Of(machine, machine.Close(), "x");
            var read = (InterruptInterference)Assert.Single(HostScenario.Read(ScenarioFile.Parse(text, "x.toml")).Machine.Interference);
            Assert.InRange(read.BurstBegins, begins - 0.09, begins + 0.09);
            Assert.InRange(read.BurstGoesOn, goesOn - 0.06, goesOn + 0.06);
            Assert.InRange(read.BurstGap.Maximum.Nanoseconds, 2_900, 3_000);
            Assert.InRange(read.Interval!.Exceeded(1).Nanoseconds, 40_000, 41_000);
        }
    }

    // Short and long, drawn each for itself: a run of short ones is no burst.
    [Fact]
    public void ASourceThatDrawsEachIntervalForItselfHasNoBursts()
    {
        for (ulong seed = 1; seed <= 100; seed++)
            Assert.Null(Assert.Single(Recorded(0.6, 0.6, seed).Close()).FindBursts());
    }

    [Fact]
    public void AcrossALossNoIntervalFollowsAnother()
    {
        var machine = new MachineMeasurement();
        var source = machine.Source("card");
        for (var i = 0; i < 300; i++)
        {
            var at = 1_000_000L * i;
            foreach (var begin in (long[])[at, at + 1_000, at + 50_000])
                machine.Add(new Interval(IntervalKind.Isr, 0, source, new SimTime(begin), new SimTime(begin + 100)));
            machine.Break(0);
        }
        // Of each piece there is one pair: short, then long.
        Assert.Null(Assert.Single(machine.Close()).FindBursts());
    }

    // Gaps of 2 to 3 µs within a burst, 40 to 90 µs between.
    private static MachineMeasurement Recorded(double begins, double goesOn, ulong seed)
    {
        var (machine, random) = (new MachineMeasurement(), new RandomStream(seed, "bursts"));
        var source = machine.Source("card");
        var (at, isShort) = (1_000L, false);
        for (var i = 0; i < Occurrences; i++)
        {
            machine.Add(new Interval(IntervalKind.Isr, 0, source, new SimTime(at), new SimTime(at + 500)));
            isShort = random.NextDouble() < (isShort ? goesOn : begins);
            at += isShort ? 2_000 + random.NextInt64(1_000) : 40_000 + random.NextInt64(50_000);
        }
        return machine;
    }
}
