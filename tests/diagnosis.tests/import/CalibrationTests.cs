using Pcie.Diagnosis.Calibration;
using Pcie.Diagnosis.Import;
using Pcie.Diagnosis.Machine;
using Pcie.DriverModel.Interference;
using Pcie.DriverModel.Scenario;
using Pcie.Playback;
using Pcie.Randomness;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.Diagnosis.Tests.Import;

public class CalibrationTests
{
    private const int Draws = 200_000;

    [Fact]
    public void AScenarioReadsWhatWasWrittenAndDrawsWhatWasMeasured()
    {
        var machine = new MachineMeasurement();
        RecordingImporter.Open(SampleRecording.Path).Import(machine, null, TestContext.Current.CancellationToken);
        var sources = machine.Close();
        var scenario = Read(InterferenceSections.Of(machine, sources, "sample"));
        Assert.Equal((2, 19), (scenario.Machine.Kernel.Processors, scenario.Machine.Interference.Count));
        foreach (var source in sources.Where(s => s.Count >= 200))
        {
            var read = (ProcessorInterference)scenario.Machine.Interference.Single(i => i.Name == InterferenceSections.NameOf(source));
            Assert.Equal([source.Processor], read.Processors);
            var mean = MeanOf((read as InterruptInterference)?.Isr ?? ((DpcInterference)read).Dpc.Duration);
            Assert.InRange(mean / source.MeanDuration.Nanoseconds, 0.97, 1.03);
            Assert.InRange(MeanOf(read.Interval!) * source.Count / machine.Length.Nanoseconds, 0.9, 1.1);
            Assert.InRange(QuantileFit.Of(source.Durations).Distance, 0, 0.05);
        }
    }

    [Fact]
    public void TheLongestIsKept()
    {
        var machine = new MachineMeasurement();
        var source = machine.Source("disk");
        for (var i = 0; i < 10_000; i++)
        {
            var length = i == 5_000 ? 60_000_000 : 1_000;
            machine.Add(new Interval(IntervalKind.Dpc, 0, source, new SimTime(i * 100_000_000L), new SimTime(i * 100_000_000L + length)));
        }
        var fit = QuantileFit.Of(machine.Close()[0].Durations);
        Assert.InRange(fit.Quantiles[^1].Nanoseconds, 60_000_000, 60_100_000);
    }

    [Fact]
    public void WhatInterruptedASourceIsNotItsOwnTime()
    {
        var machine = new MachineMeasurement();
        var (dpc, isr) = (machine.Source("d"), machine.Source("i"));
        machine.Add(new Interval(IntervalKind.Isr, 0, isr, new SimTime(20), new SimTime(30)));
        machine.Add(new Interval(IntervalKind.Isr, 0, isr, new SimTime(40), new SimTime(45)));
        machine.Add(new Interval(IntervalKind.Dpc, 0, dpc, new SimTime(10), new SimTime(110)));
        Assert.Equal([("d", 85L), ("i", 15)], machine.Close().Select(s => (s.Name, s.Busy.Nanoseconds)));
    }

    [Fact]
    public void ALatencyMonReportBecomesSourcesByBin()
    {
        var (_, report) = RecordedMachine.Of("""
            LatencyMon has been analyzing your system for  0:10:00  (h:mm:ss) on all processors.
            Highest DPC routine execution time (µs):              5000.0
            Driver with highest DPC routine execution time:       storport.sys - Microsoft Storage Port Driver, Microsoft Corporation
            DPC count (execution time <250 µs):                   600000
            DPC count (execution time 250-500 µs):                0
            DPC count (execution time >=4000 µs):                 2

            """);
        var scenario = Read(InterferenceSections.Of(report.LatencyMon!, "report"));
        var sources = scenario.Machine.Interference.Cast<DpcInterference>().ToList();
        Assert.Equal(2, sources.Count);
        Assert.Equal("exponential, mean 1 ms", sources[0].Interval!.ToString());
        Assert.Equal("uniform, 4 ms to 5 ms", sources[1].Dpc.Duration.ToString());
    }

    [Fact]
    public void APlaybackHasEveryIntervalOfTheRecording()
    {
        var (machine, _) = RecordedMachine.Of(File.ReadAllBytes(SampleRecording.Path));
        var recorder = new PlaybackRecorder();
        RecordingImporter.Open(SampleRecording.Path).Import(recorder, null, TestContext.Current.CancellationToken);
        var stream = new MemoryStream();
        recorder.Close().Write(stream);
        stream.Position = 0;
        var playback = PlaybackFile.Read(stream);
        Assert.Equal((2, machine.Intervals.Count), (playback.Processors, playback.Records.Count));
        Assert.Equal(machine.Intervals.Sum(i => (i.End - i.Begin).Nanoseconds), playback.Records.Sum(r => (r.End - r.Begin).Nanoseconds));
    }

    private static double MeanOf(Distribution distribution)
    {
        var stream = new RandomStream(1, "test");
        var sum = 0.0;
        for (var i = 0; i < Draws; i++) sum += distribution.Draw(stream).Nanoseconds;
        return sum / Draws;
    }

    private static HostScenario Read(string text) => HostScenario.Read(ScenarioFile.Parse(text, "calibrated.toml"));
}
