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
        Assert.Equal((2, 21), (scenario.Machine.Kernel.Processors, scenario.Machine.Interference.Count));
        foreach (var source in sources.Where(s => s.Count >= 200))
        {
            var read = (ProcessorInterference)scenario.Machine.Interference.Single(i => i.Name == InterferenceSections.NameOf(source));
            Assert.Equal([source.Processor], read.Processors);
            var mean = MeanOf(read switch
            {
                InterruptInterference interrupt => interrupt.Isr, RaisedInterference raised => raised.Queues!,
                var dpc => ((DpcInterference)dpc).Dpc.Duration,
            });
            Assert.InRange(mean / source.MeanDuration.Nanoseconds, 0.97, 1.03);
            var leader = source.Cause ?? source.Following?.Leader;
            Assert.Equal(leader is null ? null : InterferenceSections.NameOf(leader), read.Follows);
            Assert.Equal(source.Following?.Chance ?? source.Beat?.Chance ?? source.Chance, read.Chance, 1e-5);
            if (read.Follows is null) Assert.InRange(MeanIntervalOf(read) * source.Count / machine.Length.Nanoseconds, 0.9, 1.1);
            Assert.InRange(QuantileFit.Of(source.Durations).Distance, 0, 0.05);
        }
    }

    // Every second run of the ISR asks for it, 5 ns after it began, and 16 before its run began; and once, in between, a thread.
    [Fact]
    public void WhoAsksForADpcIsMeasuredWithItsChanceAndItsWait()
    {
        var machine = new MachineMeasurement();
        var (isr, dpc) = (machine.Source("timer"), machine.Source("softirq"));
        for (var i = 0; i < 100; i++)
        {
            var at = 1_000L * i;
            if (i % 2 == 0) machine.Add(new Instant(InstantKind.DpcQueued, 0, dpc, new SimTime(at + 5)));
            machine.Add(new Interval(IntervalKind.Isr, 0, isr, new SimTime(at), new SimTime(at + 20)));
            if (i % 2 == 0) machine.Add(new Interval(IntervalKind.Dpc, 0, dpc, new SimTime(at + 21), new SimTime(at + 40)));
        }
        // The ISR in between is not the thread's doing, and the rest of its wait is.
        machine.Add(new Instant(InstantKind.DpcQueued, 0, dpc, new SimTime(200_000)));
        machine.Add(new Interval(IntervalKind.Isr, 0, isr, new SimTime(200_003), new SimTime(200_010)));
        machine.Add(new Interval(IntervalKind.Dpc, 0, dpc, new SimTime(200_011), new SimTime(200_020)));

        var sources = machine.Close();

        var asked = sources.Single(source => source.Cause is not null);
        Assert.Equal(("softirq DPC cpu0 after timer", 50L), (InterferenceSections.NameOf(asked), asked.Count));
        Assert.Equal(50 / 101.0, asked.Chance, 1e-9);
        Assert.Equal(16, asked.FitAlone().MeasuredMean.Nanoseconds);
        var own = sources.Single(source => source.Origin == RequestOrigin.Thread);
        Assert.Equal((1L, 4L), (own.Count, own.FitAlone().MeasuredMean.Nanoseconds));
        var scenario = Read(InterferenceSections.Of(machine, sources, "x")).Machine.Interference.OfType<RecurringInterference>().ToList();
        Assert.Equal("timer ISR cpu0", scenario.Single(source => source.Follows is not null).Follows);
    }

    // It waits for 16 ns, and is then interrupted twice while it runs.
    [Fact]
    public void WhatInterruptsARunIsNotWhatItWaitedFor()
    {
        var machine = new MachineMeasurement();
        var (isr, other, dpc) = (machine.Source("timer"), machine.Source("other"), machine.Source("softirq"));
        machine.Add(new Instant(InstantKind.DpcQueued, 0, dpc, new SimTime(5)));
        machine.Add(new Interval(IntervalKind.Isr, 0, isr, new SimTime(0), new SimTime(20)));
        machine.Add(new Interval(IntervalKind.Isr, 0, other, new SimTime(25), new SimTime(34)));
        machine.Add(new Interval(IntervalKind.Isr, 0, other, new SimTime(40), new SimTime(48)));
        machine.Add(new Interval(IntervalKind.Dpc, 0, dpc, new SimTime(21), new SimTime(60)));

        var asked = machine.Close().Single(source => source.Cause is not null);

        Assert.Equal((16L, 22L), (asked.FitAlone().MeasuredMean.Nanoseconds, asked.Busy.Nanoseconds));
    }

    [Fact]
    public void ADpcWhoseIsrIsLeftOutComesByItself()
    {
        var machine = new MachineMeasurement();
        var (isr, dpc) = (machine.Source("mine"), machine.Source("softirq"));
        for (var i = 0; i < 20; i++)
        {
            machine.Add(new Instant(InstantKind.DpcQueued, 0, dpc, new SimTime(1_000L * i + 5)));
            machine.Add(new Interval(IntervalKind.Isr, 0, isr, new SimTime(1_000L * i), new SimTime(1_000L * i + 20)));
            machine.Add(new Interval(IntervalKind.Dpc, 0, dpc, new SimTime(1_000L * i + 21), new SimTime(1_000L * i + 40)));
        }
        var sources = machine.Close().Where(source => source.Name != "mine").ToList();

        var left = (DpcInterference)Assert.Single(Read(InterferenceSections.Of(machine, sources, "x")).Machine.Interference);

        Assert.Null(left.Follows);
        Assert.NotNull(left.Interval);
    }

    // What a processor did not run for a while has come that much more seldom.
    [Fact]
    public void StretchesInWhichASourceDidNotRunCount()
    {
        var machine = new MachineMeasurement();
        var (often, once) = (machine.Source("often"), machine.Source("once"));
        for (var i = 0; i < 1_000; i++)
        {
            machine.Add(new Interval(IntervalKind.Dpc, 0, often, new SimTime(1_000L * i), new SimTime(1_000L * i + 10)));
            if (i is >= 500 and < 520)
                machine.Add(new Interval(IntervalKind.Dpc, 0, once, new SimTime(1_000L * i + 20), new SimTime(1_000L * i + 30)));
            if (i % 100 == 99) machine.Break(0);
        }

        var source = machine.Close().Single(source => source.Name == "once");

        Assert.InRange(source.FitIntervals().MeasuredMean.Nanoseconds * 21.0, 900_000, 1_000_000);
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
        var load = LatencyMonLoad.Of(report.LatencyMon!, "report");
        var scenario = Read(InterferenceSections.Of(load, "report", report.Notes));
        var sources = scenario.Machine.Interference.Cast<DpcInterference>().ToList();
        Assert.Equal(["longest of DPCs", "DPCs of 4 ms or more", "DPCs below 250 µs"], sources.Select(source => source.Name));
        Assert.Equal("5 ms", sources[0].Dpc.Duration.ToString());
        Assert.Equal("uniform, 4 ms to 5 ms", sources[1].Dpc.Duration.ToString());
        Assert.Equal("exponential, mean 1 ms", sources[2].Interval!.ToString());
    }

    // Processors 0 to 3 as a whole report has them, with the label that is misprinted, and an ISR that its bin contradicts.
    private const string WholeReport = """
        LatencyMon has been analyzing your system for  0:01:00  (h:mm:ss) on all processors.
        Logical processors:                                   2
        Highest ISR routine execution time (µs):              320,996212
        Total time spent in ISRs (%)                          0,0078
        ISR count (execution time <250 µs):                   563
        ISR count (execution time 250-500 µs):                0
        ISR count (execution time 500-10000 µs):              5
        ISR count (execution time 1000-2000 µs):              0
        Highest DPC routine execution time (µs):              128,007035
        Total time spent in DPCs (%)                          0,2711
        DPC count (execution time <250 µs):                   196907
        DPC count (execution time 250-500 µs):                0
        CPU 0 ISR highest execution time (µs):                16,577381
        CPU 0 ISR total execution time (s):                   0,000361
        CPU 0 ISR count:                                      25
        CPU 0 DPC highest execution time (µs):                128,007035
        CPU 0 DPC total execution time (s):                   0,324873
        CPU 0 DPC count:                                      196811
        CPU 1 ISR highest execution time (µs):                320,996212
        CPU 1 ISR total execution time (s):                   0,008975
        CPU 1 ISR count:                                      543
        CPU 1 DPC highest execution time (µs):                59,524351
        CPU 1 DPC total execution time (s):                   0,000422
        CPU 1 DPC count:                                      96

        """;

    [Fact]
    public void ALoadHasTheReportsTotalsCountsAndMaximaOnEachProcessor()
    {
        var (_, report) = RecordedMachine.Of(WholeReport);
        var load = LatencyMonLoad.Of(report.LatencyMon!, "report");
        Assert.Equal((2, 60L), (load.Processors, (long)load.Time.Seconds));
        Assert.Equal(0.325295 / 120, load.ShareOf(isIsr: false), 5);
        Assert.Equal(0.009336 / 120, load.ShareOf(isIsr: true), 5);
        Assert.Equal(196_907, load.Sources.Where(source => !source.IsIsr).Sum(source => source.Count));
        Assert.Equal(568, load.Sources.Where(source => source.IsIsr).Sum(source => source.Count));
        var longest = load.Sources.Single(source => source.Name == "longest of DPCs");
        Assert.Equal((128_007.0, 0), (longest.Most, Assert.Single(longest.Processors)));
        Assert.All(load.Sources.Where(source => source.IsIsr), source => Assert.InRange(source.Most, 0, 320_997));
        // By processor, as the report has it.
        Assert.Equal(0.324873 / 0.325295, load.Sources.Where(source => source.Processors is [0] && !source.IsIsr)
            .Sum(source => source.Count * source.Mean) / (load.ShareOf(false) * 120e9), 3);
        Assert.Equal(2, Read(InterferenceSections.Of(load, "report", report.Notes)).Machine.Kernel.Processors);
        Assert.Contains(report.Notes, note => note.StartsWith("The report contradicts itself: 5 ISRs are counted that took 500 µs or more",
            StringComparison.Ordinal));
    }

    // A file of nothing but new names: what each took is kept, and no more than a scenario can use is told.
    [Fact]
    public void OfMoreSourcesThanAreToldApartTheOthersAreOne()
    {
        var machine = new MachineMeasurement();
        for (var i = 0; i < MachineMeasurement.MaxSources + 100; i++)
            machine.Add(new Interval(IntervalKind.Isr, 0, machine.Source($"n{i}"), new SimTime(10L * i), new SimTime(10L * i + 5)));

        var sources = machine.Close();

        Assert.Equal(MachineMeasurement.MaxSources + 1, sources.Count);
        Assert.Equal(("(further names)", 100L, 500L), (sources[0].Name, sources[0].Count, sources[0].Busy.Nanoseconds));
        var text = InterferenceSections.Of(machine, sources, "x");
        Assert.Contains("left out: 32569 sources more, which took less", text, StringComparison.Ordinal);
        Assert.InRange(text.Length, 0, 200_000);
    }

    // An answer that seems exact where nothing is known: a source seen once is no clock.
    [Fact]
    public void ASourceThatCameSeldomComesAtRandomAndSaysSo()
    {
        var machine = new MachineMeasurement();
        machine.Add(new Interval(IntervalKind.Dpc, 0, machine.Source("often"), new SimTime(0), new SimTime(1_000)));
        machine.Add(new Interval(IntervalKind.Dpc, 0, machine.Source("ACPI.sys"), new SimTime(30_000_000_000), new SimTime(30_002_400_000)));
        machine.Add(new Interval(IntervalKind.Dpc, 0, machine.Source("often"), new SimTime(60_000_000_000), new SimTime(60_000_001_000)));
        var text = InterferenceSections.Of(machine, machine.Close(), "x");
        Assert.Contains("# seen once in 60 s: when it comes is not measured", text, StringComparison.Ordinal);
        Assert.Contains("interval = { exponential = \"60s\" }\n# 1 measured\ndpc = \"2.4ms\"", text, StringComparison.Ordinal);
        _ = Read(text);
    }

    [Fact]
    public void NothingIsMeasuredAcrossALoss()
    {
        var machine = new MachineMeasurement();
        var source = machine.Source("tick");
        for (var i = 0; i < 40; i++)
        {
            if (i == 20) machine.LostAt(0, 5, "lost");
            var begin = i * 1_000_000L + (i >= 20 ? 10_000_000_000 : 0);
            machine.Add(new Interval(IntervalKind.Isr, 0, source, new SimTime(begin), new SimTime(begin + 1_000)));
        }
        var measured = Assert.Single(machine.Close());
        Assert.Equal(38_002_000, measured.Observed.Nanoseconds);
        Assert.InRange(measured.FitIntervals().Quantiles[^1].Nanoseconds, 990_000, 1_010_000);
    }

    [Theory]
    [InlineData(602_000_000_000, "10.03min")]
    [InlineData(60_028_878_847, "60.03s")]
    [InlineData(90_000_000_000, "90s")]
    [InlineData(14_007, "14.01us")]
    [InlineData(999, "999ns")]
    [InlineData(1_000, "1us")]
    [InlineData(9_000_000_000_000, "2.5h")]
    [InlineData(0, "0ns")]
    public void ATimeIsWrittenAsAPersonWould(long nanoseconds, string text)
    {
        Assert.Equal(text, DurationText.Of(nanoseconds));
        Assert.True(Quantity.Duration.TryParse(text, out var value, out _));
        Assert.InRange(value, nanoseconds * 0.9994, nanoseconds * 1.0006);
    }

    [Theory]
    [InlineData("card.sys", "card.sys!CardDpc", true)]
    [InlineData("CARD.SYS!carddpc", "card.sys!CardDpc", true)]
    [InlineData("card.sys*", "card.sys!CardDpc", true)]
    [InlineData("*Dpc", "card.sys!CardDpc", true)]
    [InlineData("card", "card.sys!CardDpc", false)]
    [InlineData("card.sys", "card.system!Dpc", false)]
    public void APatternFitsANameAnImageOrWhatItsStarsSay(string pattern, string name, bool fits) =>
        Assert.Equal(fits, new NamePattern(pattern).Fits(name));

    [Fact]
    public void NamesThatDifferInControlCharactersStayDifferentAndPrintable()
    {
        var (machine, _) = RecordedMachine.Of(string.Concat(((string[])["a\u0001[31m", "a\u0007[31m"]).Select((name, i) =>
            $"x-1 [000] d.h. 1.00000{2 * i}: irq_handler_entry: irq={i} name={name}\n"
            + $"x-1 [000] d.h. 1.00000{2 * i + 1}: irq_handler_exit: irq={i} ret=handled\n")));
        Assert.Equal([@"a\x01[31m", @"a\x07[31m"], machine.Intervals.Select(interval => machine.Sources[interval.Source]));
    }

    [Fact]
    public void APlaybackHasEveryIntervalOfTheRecording()
    {
        var (machine, _) = RecordedMachine.Of(File.ReadAllBytes(SampleRecording.Path));
        var recorder = new PlaybackRecorder(_ => true);
        RecordingImporter.Open(SampleRecording.Path).Import(recorder, null, TestContext.Current.CancellationToken);
        var stream = new MemoryStream();
        recorder.Close().Write(stream);
        stream.Position = 0;
        var playback = PlaybackFile.Read(stream);
        Assert.Equal((2, machine.Intervals.Count), (playback.Processors, playback.Records.Count));
        Assert.Equal(machine.Intervals.Sum(i => (i.End - i.Begin).Nanoseconds), playback.Records.Sum(r => (r.End - r.Begin).Nanoseconds));
    }

    // Of a source that comes in bursts by how many of its intervals are short, of one in step by how many ticks it leaves out.
    private static double MeanIntervalOf(ProcessorInterference source)
    {
        var isShort = source.BurstBegins / (1 + source.BurstBegins - source.BurstGoesOn);
        var gap = isShort > 0 ? MeanOf(source.BurstGap) : 0;
        return (isShort * gap + (1 - isShort) * MeanOf(source.Interval!)) / source.Chance;
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
