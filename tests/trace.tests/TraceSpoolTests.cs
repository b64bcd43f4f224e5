using CsCheck;

namespace Pcie.Trace.Tests;

public sealed class TraceSpoolTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(TraceRecording.BlockLength)]
    [InlineData(3 * TraceRecording.BlockLength + 1)]
    public void EventsComeBackInTheirOrderAndMoreCanBeRecordedWhileTheyAreRead(int count)
    {
        var events = Enumerable.Range(0, count).Select(i => TraceSamples.Event(i, TraceSide.Host, a: i)).ToList();
        using var spool = Spool(events);
        Assert.Equal(count, spool.Count);
        var read = spool.Read();
        spool.Record(TraceSamples.Event(count, TraceSide.Host));
        Assert.Equal(events, Flat(read));
        Assert.Equal(count + 1, spool.Count);
        Assert.Equal(count + 1, Flat(spool.Read()).Count);
    }

    [Fact]
    public void RecordingAllocatesNothing()
    {
        using var spool = Spool([TraceSamples.Event(0, TraceSide.Host)]);
        var e = TraceSamples.Event(0, TraceSide.Host);
        for (var i = 0; i < 2 * TraceRecording.BlockLength; i++) spool.Record(e);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10 * TraceRecording.BlockLength; i++) spool.Record(e);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000);
    }

    [Fact]
    public void MergedTheyAreTheFileOfTheMergedRecordings() =>
        Gen.Select(Gen.Long[0, 5].Array[0, 30], Gen.Long[0, 5].Array[0, 30]).Sample((hostTimes, deviceTimes) =>
        {
            var (host, device) = (Side(hostTimes, TraceSide.Host), Side(deviceTimes, TraceSide.Device));
            using var hostSpool = Spool(host);
            using var deviceSpool = Spool(device);
            var (of, with) = (TraceSamples.Recording(host), TraceSamples.Recording(device));
            (hostSpool.Sources, deviceSpool.Sources) = (of.Sources(TraceSide.Host), with.Sources(TraceSide.Device));
            using var streamed = new MemoryStream();
            using var whole = new MemoryStream();
            TraceFile.Write(new MergedTrace(hostSpool, deviceSpool), streamed);
            TraceFile.Write(TraceRecording.Merge(of, with), whole);
            Assert.Equal(whole.ToArray(), streamed.ToArray());
        }, iter: 100);

    private static TraceSpool Spool(IEnumerable<TraceEvent> events)
    {
        var spool = new TraceSpool();
        foreach (var e in events) spool.Record(e);
        return spool;
    }

    // A block is good until the next one is asked for.
    private static List<TraceEvent> Flat(IEnumerable<ReadOnlyMemory<TraceEvent>> blocks) => [.. blocks.SelectMany(block => block.ToArray())];

    private static List<TraceEvent> Side(long[] times, TraceSide side) =>
        [.. times.Order().Select((time, order) => TraceSamples.Event(time, side, order))];
}
