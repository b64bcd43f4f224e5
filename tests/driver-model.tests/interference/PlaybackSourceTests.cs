using CsCheck;
using Pcie.DriverModel.Interference;
using Pcie.DriverModel.Kernel;
using Pcie.DriverModel.Kernel.Options;
using Pcie.DriverModel.Scenario;
using Pcie.DriverModel.Tests.Fixtures;
using Pcie.Playback;
using Pcie.Scenario;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Tests.Interference;

public sealed class PlaybackSourceTests
{
    // An ISR nests in a DPC; a DPC of the same driver runs on the other processor; a thread is at raised IRQL.
    private static readonly PlaybackRecord[] Recording =
    [
        Record(IntervalKind.Dpc, 0, source: 0, 1_000, 9_000),
        Record(IntervalKind.Dpc, 1, source: 0, 2_000, 3_000),
        Record(IntervalKind.Isr, 0, source: 1, 4_000, 6_000),
        Record(IntervalKind.RaisedIrql, 1, source: 2, 5_000, 8_000),
    ];

    private readonly Machine machine = new();

    [Fact]
    public void OnAQuietMachineEverythingRunsWhenAndForAsLongAsItDid()
    {
        Play(loop: false);
        machine.RunTo(400_000);
        Assert.Equal([("dpc", 0, 1_000L, 9_000L), ("dpc", 1, 2_000, 3_000), ("isr", 0, 4_000, 6_000)],
            Spans.Of(machine).OrderBy(s => s.Begin).Select(s => (s.Name, s.Processor, s.Begin, s.End)));
        Assert.Equal([5_000, 8_000], machine.Trace.Where(e => e.Kind is TraceKind.RaisedIrqlBegin or TraceKind.RaisedIrqlEnd)
            .Select(e => e.Time.Nanoseconds));
    }

    [Fact]
    public void ALoopBeginsAnewAtTheEndOfTheRecording()
    {
        Play(loop: true);
        machine.RunTo(46_500);
        Assert.Equal([4_000, 24_000, 44_000], machine.Begins("isr"));
    }

    [Fact]
    public void WhatHasToWaitForItsOwnPredecessorIsJoinedToItAndNoTimeIsLost()
    {
        // What the run itself does keeps processor 0 busy, so that two of the recording's DPCs are one.
        machine.QueueAt(0, machine.Dpc("ours", 30_000));
        Play(loop: true);
        machine.RunTo(400_000);
        // Two DPCs of 6 µs, behind ours with two ISRs of 2 µs on top of it.
        var first = Spans.Of(machine).First(s => s is { Name: "dpc", Processor: 0 });
        Assert.Equal((34_000, 34_000, 12_000), (machine.Span("ours").End, first.Begin, first.Exclusive));
    }

    [Fact]
    public void ExclusiveTimesAddUpToTheTimeThatSomethingRan() =>
        Gen.Select(Gen.Int[0, 200], Gen.Int[0, 60]).Array[1, 30].Sample(raw =>
        {
            // Nested by construction: each ends no later than the one that it begins in.
            var records = new List<PlaybackRecord>();
            foreach (var (begin, length) in raw.OrderBy(r => r.Item1))
            {
                var end = records.Where(r => r.Begin.Nanoseconds <= begin && r.End.Nanoseconds > begin)
                    .Select(r => r.End.Nanoseconds).Append(begin + length).Min();
                records.Add(Record(IntervalKind.Isr, 0, 0, begin, end));
            }
            var covered = Enumerable.Range(0, 300).Count(t => records.Exists(r => r.Begin.Nanoseconds <= t && t < r.End.Nanoseconds));
            var exclusive = PlaybackSource.ExclusiveTimes(new PlaybackFile(1, new Duration(1_000), ["s"], records));
            Assert.All(exclusive, time => Assert.True(time >= 0));
            Assert.Equal(covered, exclusive.Sum());
        });

    [Fact]
    public void PlayingAllocatesNothing()
    {
        var timeline = new Timeline();
        var kernel = new ModelledKernel(timeline, new Tracer(timeline, TraceSide.Host), new KernelOptions(), 1);
        _ = new PlaybackSource(File(), true, kernel);
        for (var i = 0; i < 10_000; i++) timeline.RunNext();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100_000; i++) timeline.RunNext();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void AScenarioPlaysAFileOfItsOwnFolder()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            using (var stream = System.IO.File.Create(Path.Combine(folder.FullName, "m.play"))) File().Write(stream);
            var source = Assert.Single(Load("playback = \"m.play\"\nloop = true").Interference);
            Assert.Equal((4, true), (source.Playback!.Records.Count, source.Loop));

            Refuses("playback = \"m.play\"\ninterval = \"1s\"", "4:12: \"interval\" in [[host.interference]]: a playback has its own times");
            Refuses("playback = \"n.play\"", "3:12: \"playback\" in [[host.interference]]: n.play cannot be played: ");
            Refuses("playback = \"s.toml\"",
                "3:12: \"playback\" in [[host.interference]]: s.toml cannot be played: Byte 0 of the playback file: this is no playback file; ");
            Refuses("playback = \"m.play\"\n[host]\nprocessors = 1", "3:12: \"playback\" in [[host.interference]]: m.play is of a machine with 2");
            Refuses("at = [\"1s\"]\nisr = \"1us\"\nloop = true", "5:8: \"loop\" in [[host.interference]]: only a playback begins anew");
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        HostScenario Load(string keys)
        {
            var path = Path.Combine(folder.FullName, "s.toml");
            System.IO.File.WriteAllText(path, $"[[host.interference]]\nname = \"m\"\n{keys}\n");
            return HostScenario.Read(ScenarioFile.Load(path));
        }

        void Refuses(string keys, string expected) =>
            Assert.StartsWith($"s.toml:{expected}", Assert.Throws<ScenarioException>(() => Load(keys)).Message);
    }

    private void Play(bool loop) => _ = new PlaybackSource(File(), loop, machine.Kernel);

    private static PlaybackFile File() => new(2, new Duration(20_000), ["dpc", "isr", "thread"], Recording);

    private static PlaybackRecord Record(IntervalKind kind, ushort processor, int source, long begin, long end) =>
        new(kind, processor, source, new SimTime(begin), new SimTime(end));
}
