using Pcie.Diagnosis.Machine;
using Pcie.Playback;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Diagnosis.Facts;

/// <summary>Tells a sink what the modelled processors did, from our own trace: the same as an importer does for a real machine's.</summary>
public sealed class TraceIntervals
{
    private readonly IMachineSink sink;
    private readonly int[] sources;
    private readonly Dictionary<byte, Stack<(IntervalKind Kind, uint Source, SimTime Begin, long Detail)>> frames = [];
    private readonly HashSet<byte> deferred = [];
    private readonly int idle;
    private SimTime stopped;
    private bool hasGaps;

    private TraceIntervals(IMachineSink sink, IReadOnlyList<TraceSource> sources)
    {
        var ofDevice = DeviceMessages(sources);
        (this.sink, this.sources) = (sink, [.. sources.Select(source => sink.Source(NameOf(source, ofDevice)))]);
        idle = sink.Source("way out of an idle state");
    }

    /// <summary>
    /// Frames that ended without having begun: the trace is not of the whole run. Where the recorder says itself that it left events out, what it
    /// cut off is not counted.
    /// </summary>
    public long Incomplete { get; private set; }

    /// <summary>Tells it all.</summary>
    public static TraceIntervals Tell(TraceRecording recording, IMachineSink sink)
    {
        var telling = new TraceIntervals(sink, recording.Sources(TraceSide.Host));
        foreach (var block in recording.Blocks)
            foreach (ref readonly var e in block.Span)
                if (e.Side == TraceSide.Host) telling.Tell(e);
        return telling;
    }

    /// <summary>The names by which a sink is told of the messages of the device under study, and of nothing else.</summary>
    public static HashSet<string> DeviceMessages(IEnumerable<TraceSource> sources) =>
        [.. sources.Where(source => source.IsDeviceMessage).Select(source => source.Name)];

    // A sink tells sources apart by name, and a scenario may name another driver as it likes.
    private static string NameOf(TraceSource source, HashSet<string> ofDevice) =>
        !source.IsDeviceMessage && ofDevice.Contains(source.Name) ? $"{source.Name} (another driver's)" : source.Name;

    private void Tell(in TraceEvent e)
    {
        switch (e.Kind)
        {
            case TraceKind.IsrBegin: Begin(IntervalKind.Isr, e); break;
            case TraceKind.DpcBegin:
                Asked(e);
                Begin(e.B switch { 0 => IntervalKind.Dpc, 1 => IntervalKind.TimerDpc, _ => IntervalKind.ThreadedDpc }, e);
                break;
            case TraceKind.RaisedIrqlBegin: Begin(IntervalKind.RaisedIrql, e); break;
            case TraceKind.IsrEnd or TraceKind.DpcEnd or TraceKind.RaisedIrqlEnd: End(e); break;
            case TraceKind.DpcQueued:
                // One that finds the DPC in a queue asks for nothing.
                if (e.A == 2) deferred.Add(e.Processor);
                else if (e.A != 0) Asked(e);
                sink.Add(new Instant(e.A != 0 ? InstantKind.DpcQueued : InstantKind.DpcCoalesced, e.Processor, sources[e.Source], e.Time));
                break;
            case TraceKind.DpcRemoved: sink.Add(new Instant(InstantKind.DpcRemoved, e.Processor, sources[e.Source], e.Time)); break;
            case TraceKind.Tick when e.A != 0: Asked(e); break;
            case TraceKind.InterruptRequested:
                sink.Add(new Instant(InstantKind.InterruptPending, e.Processor, sources[e.Source], e.Time));
                break;
            case TraceKind.IdleExit: sink.Add(new Interval(IntervalKind.Stall, e.Processor, idle, e.Time, e.Time + new Duration(e.B))); break;
            case TraceKind.DriverEvent or TraceKind.DriverLoss:
                sink.Add(new Instant(InstantKind.Event, e.Processor, sources[e.Source], e.Time));
                break;
            case TraceKind.EventsOmitted: Cut(); break;
            case TraceKind.ProcessorsStopped: stopped = e.Time; break;
            case TraceKind.ProcessorsResumed:
                foreach (var processor in frames.Keys) sink.Add(new Interval(IntervalKind.Stall, processor, sources[e.Source], stopped, e.Time));
                break;
        }
    }

    // Whoever it was that asked: a DPC of more importance, the tick, or the idle loop that serves the queue without.
    private void Asked(in TraceEvent e)
    {
        if (deferred.Remove(e.Processor)) sink.Add(new Instant(InstantKind.DpcInterruptRequested, e.Processor, sources[e.Source], e.Time));
    }

    private void Cut()
    {
        hasGaps = true;
        foreach (var open in frames.Values) open.Clear();
        deferred.Clear();
        sink.Gap();
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
        if (!At(e.Processor).TryPop(out var frame)) Incomplete += hasGaps ? 0 : 1;
        else sink.Add(new Interval(frame.Kind, e.Processor, sources[frame.Source], frame.Begin, e.Time, frame.Detail));
    }
}
