using BenchmarkDotNet.Attributes;
using Pcie.Time;
using Pcie.Trace;
using Pcie.Trace.Flight;

namespace Pcie.Bench;

/// <summary>One event, digested and kept, against writing its 32 bytes into an array.</summary>
[BenchmarkCategory("trace")]
public class TraceBenchmarks
{
    private const int Operations = 4096;

    private readonly TraceEvent[] array = new TraceEvent[Operations];
    private readonly Tracer digesting = new(new Timeline(), TraceSide.Host);
    private readonly Tracer recording = new(new Timeline(), TraceSide.Host) { Sink = new TraceRecording() };
    private readonly Tracer inFlight = new(new Timeline(), TraceSide.Host)
    {
        Ring = new FlightRecorder([.. Enumerable.Repeat(new TraceSource("other.sys"), 8)]),
    };
    private TraceDigest digest = new();

    [Benchmark(Baseline = true, OperationsPerInvoke = Operations)]
    public void WriteToArray()
    {
        for (var i = 0; i < array.Length; i++) array[i] = EventOf(i);
    }

    [Benchmark(OperationsPerInvoke = Operations)]
    public ulong Digest()
    {
        for (var i = 0; i < Operations; i++) digest.Add(EventOf(i));
        return digest.Value;
    }

    [Benchmark(OperationsPerInvoke = Operations)]
    public long DigestOnly() => Record(digesting);

    [Benchmark(OperationsPerInvoke = Operations)]
    public long DigestAndKeep()
    {
        // A recording grows for ever; its blocks show as 32 B an event.
        if (recording.Sink is TraceRecording { Count: > 1 << 20 }) recording.Sink = new TraceRecording();
        return Record(recording);
    }

    [Benchmark(OperationsPerInvoke = Operations)]
    public long DigestAndFlight() => Record(inFlight);

    private static TraceEvent EventOf(int i) => new(new SimTime(i), TraceKind.IsrBegin, (byte)(i & 3), TraceSide.Host, 7, i, 0);

    private static long Record(Tracer tracer)
    {
        for (var i = 0; i < Operations; i++) tracer.Record(TraceKind.IsrBegin, 7, i, 0, (byte)(i & 3));
        return tracer.Count;
    }
}
