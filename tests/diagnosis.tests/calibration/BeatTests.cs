using Pcie.Diagnosis.Calibration;
using Pcie.Diagnosis.Machine;
using Pcie.DriverModel.Interference;
using Pcie.DriverModel.Scenario;
using Pcie.Playback;
using Pcie.Randomness;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.Diagnosis.Tests.Calibration;

/// <summary>Sources that tick in step.</summary>
public sealed class BeatTests
{
    // A tick of 4 ms and 37 ns on two processors, late by up to 20 µs; one in ten is left out, one in twenty comes at any time.
    [Theory]
    [InlineData(30_000)]
    [InlineData(-30_000)]
    [InlineData(2_000_000)]
    [InlineData(0)]
    public void TicksThatKeepStepDoSoOnTheCalibratedMachine(long apart)
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            var machine = Recorded(seed, (4_000_037, 0), (4_000_037, apart));

            var read = Read(machine);

            Assert.Equal(read[0].Interval!.Constant, read[1].Interval!.Constant);
            Assert.InRange(read[0].Interval!.Constant!.Value.Nanoseconds, 4_000_000, 4_000_100);
            Assert.All(read, one => Assert.InRange(one.Chance, 0.82, 0.98));
            var period = read[0].Interval!.Constant!.Value.Nanoseconds;
            Assert.InRange(Math.IEEERemainder(Median(read[1]) - Median(read[0]) - apart, period), -5_000, 5_000);
        }
    }

    // Of 4 ms and of 4.0004 ms, as of two clocks: 100 ppm. One drifts past the other.
    [Theory]
    [InlineData(4_000_000, 4_000_400)]
    [InlineData(4_000_000, 4_100_000)]
    [InlineData(4_000_000, 1_000_000)]
    public void TicksThatDriftAreNotInStep(long one, long other)
    {
        for (ulong seed = 1; seed <= 20; seed++)
            Assert.All(Read(Recorded(seed, (one, 0), (other, 7_000))), source => Assert.Null(source.Phase));
    }

    [Fact]
    public void SourcesThatComeAtRandomAreNotInStep()
    {
        for (ulong seed = 1; seed <= 50; seed++)
        {
            var (machine, random) = (new MachineMeasurement(), new RandomStream(seed, "random"));
            for (ushort processor = 0; processor < 2; processor++)
            {
                var at = 1_000L;
                for (var i = 0; i < 60; i++)
                {
                    at += 500_000 + random.NextInt64(1_000_000);
                    machine.Add(new Interval(IntervalKind.Isr, processor, machine.Source("card"), new SimTime(at), new SimTime(at + 500)));
                }
            }
            Assert.All(machine.Close(), source => Assert.Null(source.Beat));
        }
    }

    // One by itself ticks as before: there is nobody to be in step with.
    [Fact]
    public void ASingleTickHasIntervals() => Assert.Null(Assert.Single(Read(Recorded(1, (4_000_000, 0)))).Phase);

    private static List<ProcessorInterference> Read(MachineMeasurement machine) =>
        [.. HostScenario.Read(ScenarioFile.Parse(InterferenceSections.Of(machine, machine.Close(), "x"), "x.toml")).Machine.Interference
            .Cast<ProcessorInterference>().OrderBy(source => source.Processors[0])];

    private static long Median(ProcessorInterference source) => source.Phase!.Exceeded(0.5).Nanoseconds;

    private static MachineMeasurement Recorded(ulong seed, params (long Period, long Phase)[] ticks)
    {
        var (machine, random) = (new MachineMeasurement(), new RandomStream(seed, "ticks"));
        foreach (var (processor, (period, phase)) in ticks.Index())
        {
            for (var i = 1; i < 400; i++)
            {
                var luck = random.NextDouble();
                if (luck < 0.1) continue;
                var at = i * period + phase + random.NextInt64(luck > 0.95 ? period : 20_000);
                machine.Add(new Interval(IntervalKind.Isr, (ushort)processor, machine.Source("tick"), new SimTime(at), new SimTime(at + 500)));
            }
        }
        return machine;
    }
}
