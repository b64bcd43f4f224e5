using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Diagnosis.Facts;

/// <summary>
/// How long the driver's own ISRs and DPCs had a processor: while each chunk lay there that was destroyed, and for each that was copied. A routine
/// that interrupts another has the time; a read that stalls the processor is its routine's.
/// </summary>
public sealed class OwnCodeFacts(IReadOnlyList<TraceSource> hostSources) : ITraceSink
{
    private const int MaxArrived = 1 << 16;

    // B of TraceKind.ReadFailed.
    private const long TimedOut = 255;

    private readonly Dictionary<byte, Frames> processors = [];
    private readonly Dictionary<long, Mark> arrived = [];
    private readonly List<OwnCode?> overruns = [];
    private long isr, dpc, spun;

    /// <summary>For each overrun in the trace, in order; null where nothing is known.</summary>
    public IReadOnlyList<OwnCode?> Overruns => overruns;

    /// <summary>Reads of the device that were not answered in time.</summary>
    public long FailedReads { get; private set; }

    /// <summary>When the routine had begun that waited for the first of these; null if there is none.</summary>
    public SimTime? StalledFrom { get; private set; }

    /// <summary>The bus address of the last of these.</summary>
    public long LastFailedRead { get; private set; }

    /// <summary>The lock for which the driver's DPC last spun; null if it never did.</summary>
    public string? Lock { get; private set; }

    /// <summary>Chunks that were copied.</summary>
    public long Copied { get; private set; }

    /// <summary>What the DPCs had of the processors for each of these, on average; zero if none was copied.</summary>
    public Duration PerChunk => Copied == 0 ? Duration.Zero : new Duration(dpc / Copied);

    public void Record(in TraceEvent e)
    {
        switch (e.Kind)
        {
            case TraceKind.EventsOmitted:
                processors.Clear();
                arrived.Clear();
                break;
            case TraceKind.IsrBegin or TraceKind.DpcBegin or TraceKind.RaisedIrqlBegin: Begin(e); break;
            case TraceKind.IsrEnd or TraceKind.DpcEnd or TraceKind.RaisedIrqlEnd: End(e); break;
            case TraceKind.SpinBegin when hostSources[(int)e.Source].IsDeviceMessage && processors.TryGetValue(e.Processor, out var frames):
                Credit(frames, e.Time);
                frames.IsSpinning = true;
                Lock = hostSources[(int)e.A].Name;
                break;
            case TraceKind.SpinEnd when processors.TryGetValue(e.Processor, out var frames):
                Credit(frames, e.Time);
                frames.IsSpinning = false;
                break;
            case TraceKind.ReadFailed when e.B == TimedOut:
                FailedReads++;
                StalledFrom ??= Oldest()?.At;
                LastFailedRead = e.A;
                break;
            case TraceKind.ChunkArrived:
                if (arrived.Count == MaxArrived) arrived.Clear();
                arrived[e.A] = Now(e.Time);
                break;
            case TraceKind.ChunkCopied or TraceKind.ChunkRefused:
                Copied++;
                arrived.Remove(e.A);
                break;
            case TraceKind.Overrun: overruns.Add(Of(e)); break;
        }
    }

    private OwnCode? Of(in TraceEvent e)
    {
        var now = Now(e.Time);
        if (arrived.Remove(e.A, out var mark)) return Between(mark, now);
        // The chunk arrived where the trace has a gap. Who is in his own routine now has been since it began, at least.
        return Oldest() is { } since ? Between(since, now) : null;
    }

    // Of the driver's routines that have a processor now, the beginning of the oldest.
    private Mark? Oldest()
    {
        Mark? entered = null;
        foreach (var frames in processors.Values)
            if (frames.TryPeek(out var top) && top.Own && (entered is null || top.Entered.At < entered.Value.At)) entered = top.Entered;
        return entered;
    }

    private static OwnCode Between(in Mark from, in Mark to) => new(
        from.At, new Duration(to.Isr - from.Isr), new Duration(to.Dpc - from.Dpc), new Duration(to.Spun - from.Spun),
        to.Failed - from.Failed, to.FailedAt);

    // The times so far, those of routines that go on included.
    private Mark Now(SimTime at)
    {
        foreach (var frames in processors.Values) Credit(frames, at);
        return new Mark(at, isr, dpc, spun, FailedReads, LastFailedRead);
    }

    private void Credit(Frames frames, SimTime at)
    {
        if (!frames.TryPop(out var top)) return;
        var time = (at - top.Resumed).Nanoseconds;
        if (top.Own && top.IsIsr) isr += time;
        else if (top.Own) dpc += time;
        if (top is { Own: true, IsIsr: false } && frames.IsSpinning) spun += time;
        frames.Push(top with { Resumed = at });
    }

    private void Begin(in TraceEvent e)
    {
        if (!processors.TryGetValue(e.Processor, out var frames)) processors.Add(e.Processor, frames = []);
        Credit(frames, e.Time);
        var own = e.Kind != TraceKind.RaisedIrqlBegin && hostSources[(int)e.Source].IsDeviceMessage;
        frames.Push(new Frame(own, e.Kind == TraceKind.IsrBegin, e.Time, own ? Now(e.Time) : default));
    }

    private void End(in TraceEvent e)
    {
        if (!processors.TryGetValue(e.Processor, out var frames)) return;
        Credit(frames, e.Time);
        if (frames.TryPop(out _) && frames.TryPop(out var below)) frames.Push(below with { Resumed = e.Time });
    }

    // A routine on a processor: when it last went on, and how things stood when it began.
    private readonly record struct Frame(bool Own, bool IsIsr, SimTime Resumed, Mark Entered);

    // What runs on a processor, the innermost on top.
    private sealed class Frames : Stack<Frame>
    {
        public bool IsSpinning { get; set; }
    }

    private readonly record struct Mark(SimTime At, long Isr, long Dpc, long Spun, long Failed, long FailedAt);
}
