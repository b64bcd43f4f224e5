using Pcie.Time;

namespace Pcie.Trace.Tests;

public sealed class CsvTraceExporterTests
{
    [Fact]
    public void LinesAreThoseOfTheFormat()
    {
        var recording = TraceSamples.Recording(
            new TraceEvent(new SimTime(0), TraceKind.InterruptRaised, TraceEvent.NoProcessor, TraceSide.Device, 1, 3, 0x18),
            new TraceEvent(new SimTime(1_500), TraceKind.IsrBegin, 2, TraceSide.Host, 2, long.MinValue, long.MaxValue),
            new TraceEvent(SimTime.Never, (TraceKind)999, 0, TraceSide.Host, uint.MaxValue, -1, 0));
        Assert.Equal(
            """"
            time_ns,side,processor,kind,source,a,b
            0,device,,InterruptRaised,card µ,3,24
            1500,host,2,IsrBegin,"host, ""two""",-9223372036854775808,9223372036854775807
            9223372036854775807,host,0,999,4294967295,-1,0

            """".ReplaceLineEndings("\n"), Csv(recording));
    }

    [Fact]
    public void EveryEventGetsItsLineHoweverLongNamesAre()
    {
        var recording = TraceSamples.Recording(Enumerable.Range(0, 3000).Select(i =>
            new TraceEvent(new SimTime(i), TraceKind.Tick, 0, TraceSide.Host, (uint)i % 3, i, 0)));
        recording.NameSources(TraceSide.Host, [new("short"), new(new string('n', 5_000)), new(new string('m', 20_000))]);
        var lines = Csv(recording).Split('\n');
        Assert.Equal(3000 + 2, lines.Length);
        for (var i = 0; i < 3000; i++)
            Assert.Equal($"{i},host,0,Tick,{recording.Sources(TraceSide.Host)[i % 3].Name},{i},0", lines[i + 1]);
    }

    [Fact]
    public void EventsAllocateNothing()
    {
        var (few, many) = (Ticks(10), Ticks(2000));
        Allocated(many);
        Assert.Equal(Allocated(few), Allocated(many));

        static TraceRecording Ticks(int count) =>
            TraceSamples.Recording(Enumerable.Range(0, count).Select(i => TraceSamples.Event(i, TraceSide.Host)));

        static long Allocated(TraceRecording recording)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            CsvTraceExporter.Write(recording, TextWriter.Null);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    private static string Csv(TraceRecording recording)
    {
        var writer = new StringWriter();
        CsvTraceExporter.Write(recording, writer);
        return writer.ToString();
    }
}
