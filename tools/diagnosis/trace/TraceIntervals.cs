using Pcie.Diagnosis.Machine;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Diagnosis.Trace;

/// <summary>Tells a sink what the modelled processors did, from our own trace: the same as an importer does for a real machine's.</summary>
public sealed class TraceIntervals
{
    private readonly IMachineSink sink;
    private readonly int[] sources;
    private readonly Dictionary<byte, Stack<(IntervalKind Kind, uint Source, SimTime Begin, long Detail)>> frames = [];
    private SimTime stopped;

    private TraceIntervals(IMachineSink sink, IReadOnlyList<string> names) => (this.sink, sources) = (sink, [.. names.Select(sink.Source)]);

    /// <summary>Frames that began and did not end, or ended without having begun: the trace is of a part of a run.</summary>
    public long Incomplete { get; private set; }

    /// <summary>Whether a source is a message of the device under study, rather than another driver: the framework names them so.</summary>
    public static bool IsOfDevice(string source) => source.Contains(" message ", StringComparison.Ordinal);

    /// <summary>Tells it all.</summary>
    public static TraceIntervals Tell(TraceRecording recording, IMachineSink sink)
    {
        var telling = new TraceIntervals(sink, recording.Sources(TraceSide.Host));
        foreach (var block in recording.Blocks)
            foreach (ref readonly var e in block.Span)
                if (e.Side == TraceSide.Host) telling.Tell(e);
        telling.Incomplete += telling.frames.Values.Sum(open => open.Count);
        return telling;
    }

    private void Tell(in TraceEvent e)
    {
        switch (e.Kind)
        {
            case TraceKind.IsrBegin: Begin(IntervalKind.Isr, e); break;
            case TraceKind.DpcBegin: Begin(e.B switch { 0 => IntervalKind.Dpc, 1 => IntervalKind.TimerDpc, _ => IntervalKind.ThreadedDpc }, e); break;
            case TraceKind.RaisedIrqlBegin: Begin(IntervalKind.RaisedIrql, e); break;
            case TraceKind.IsrEnd or TraceKind.DpcEnd or TraceKind.RaisedIrqlEnd: End(e); break;
            case TraceKind.DpcQueued:
                sink.Add(new Instant(e.A != 0 ? InstantKind.DpcQueued : InstantKind.DpcCoalesced, e.Processor, sources[e.Source], e.Time));
                break;
            case TraceKind.ProcessorsStopped: stopped = e.Time; break;
            case TraceKind.ProcessorsResumed:
                foreach (var processor in frames.Keys) sink.Add(new Interval(IntervalKind.Stall, processor, sources[e.Source], stopped, e.Time));
                break;
        }
    }

    private Stack<(IntervalKind Kind, uint Source, SimTime Begin, long Detail)> At(byte processor)
    {
        if (!frames.TryGetValue(processor, out var open)) frames.Add(processor, open = []);
        return open;
    }

    private void Begin(IntervalKind kind, in TraceEvent e) =>
        At(e.Processor).Push((kind, e.Source, e.Time, kind == IntervalKind.Isr ? e.A : -1));

    private void End(in TraceEvent e)
    {
        if (!At(e.Processor).TryPop(out var frame)) Incomplete++;
        else sink.Add(new Interval(frame.Kind, e.Processor, sources[frame.Source], frame.Begin, e.Time, frame.Detail));
    }
}
