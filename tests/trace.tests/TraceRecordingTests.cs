using CsCheck;

namespace Pcie.Trace.Tests;

public sealed class TraceRecordingTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(TraceRecording.BlockLength - 1)]
    [InlineData(TraceRecording.BlockLength)]
    [InlineData(TraceRecording.BlockLength + 1)]
    [InlineData(3 * TraceRecording.BlockLength)]
    public void EventsComeBackInTheirOrder(int count)
    {
        var events = Enumerable.Range(0, count).Select(i => TraceSamples.Event(i, TraceSide.Host, a: i)).ToList();
        var recording = TraceSamples.Recording(events);
        Assert.Equal(count, recording.Count);
        Assert.Equal(events, recording.Events());
        for (var i = 0; i < count; i++) Assert.Equal(events[i], recording[i]);
        Assert.Throws<ArgumentOutOfRangeException>(() => recording[count]);
        Assert.Throws<ArgumentOutOfRangeException>(() => recording[-1]);
    }

    [Fact]
    public void RecordingAllocatesOneBlockAtATime()
    {
        var recording = TraceSamples.Recording(TraceSamples.Event(0, TraceSide.Host));
        var e = TraceSamples.Event(0, TraceSide.Host);
        recording.Record(e);
        var before = GC.GetAllocatedBytesForCurrentThread();
        while (recording.Count < TraceRecording.BlockLength) recording.Record(e);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void MergingOrdersByTimeThenDeviceFirstThenOwnOrder() =>
        Gen.Select(Gen.Long[0, 5].Array[0, 30], Gen.Long[0, 5].Array[0, 30]).Sample((hostTimes, deviceTimes) =>
        {
            var host = Side(hostTimes, TraceSide.Host);
            var device = Side(deviceTimes, TraceSide.Device);
            var merged = TraceRecording.Merge(TraceSamples.Recording(host), TraceSamples.Recording(device));
            Assert.Equal(device.Concat(host).OrderBy(e => e.Time), merged.Events());
            Assert.Equal("card µ", merged.Sources(TraceSide.Device)[1].Name);
            Assert.Equal("host one", merged.Sources(TraceSide.Host)[1].Name);
        }, iter: 300);

    private static List<TraceEvent> Side(long[] times, TraceSide side) =>
        [.. times.Order().Select((time, order) => TraceSamples.Event(time, side, order))];
}
