using System.Runtime.CompilerServices;
using Pcie.Time;

namespace Pcie.Trace;

/// <summary>
/// Where one side's code says what happened: keeps the digest of all events, and hands them to a sink if there is one.
/// </summary>
/// <remarks>Recording allocates nothing. The digest covers every event whether or not a sink keeps them.</remarks>
public sealed class Tracer(Timeline timeline, TraceSide side)
{
    private readonly List<TraceSource> sources = [new("-")];
    private TraceDigest digest = new();

    // Of several at once: as many as there are at the most, where the ring has no room for them, and whether it has.
    private readonly TraceEvent[] beside = new TraceEvent[8];
    private bool isInRing;

    /// <summary>Keeps the events; null to keep only the digest.</summary>
    public ITraceSink? Sink { get; set; }

    /// <summary>
    /// Keeps what is worth explaining; null to keep nothing. Beside <see cref="Sink"/>: it sees every event of every run, and has to be cheap.
    /// </summary>
    public TraceRing? Ring { get; set; }

    public TraceSide Side => side;

    /// <summary>Sources by number.</summary>
    public IReadOnlyList<TraceSource> Sources => sources;

    /// <summary>Events so far.</summary>
    public long Count { get; private set; }

    /// <summary>Digest of the events so far. Names and roles of sources do not enter.</summary>
    public ulong Digest => digest.Value;

    /// <summary>Registers something that events are about (a driver, a card) and returns its number.</summary>
    public uint AddSource(string name, SourceRole role = SourceRole.Other)
    {
        sources.Add(new TraceSource(name, role));
        return (uint)sources.Count - 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Record(TraceKind kind, uint source, long a = 0, long b = 0, byte processor = TraceEvent.NoProcessor)
    {
        var time = timeline.Now;
        Count++;
        digest.Add(new TraceEvent(time, kind, processor, side, source, a, b));
        Ring?.Record(time, kind, processor, side, source, a, b);
        // An event of its own, so that the usual one, which nothing takes the address of, lives in registers.
        Sink?.Record(new TraceEvent(time, kind, processor, side, source, a, b));
    }

    /// <summary>
    /// Room for several at once, to be written in their order and then told of by <see cref="EndRecord"/>: what an event does ahead of the clock
    /// (<see cref="Timeline.TryPass"/>). They are an interrupt's and its DPC's; the room is in the ring, so that they are written once.
    /// </summary>
    /// <param name="dpc">The DPC's source.</param>
    public Span<TraceEvent> BeginRecord(int several, uint dpc)
    {
        var places = Ring is { } ring ? ring.PlacesOf(several, dpc) : default;
        isInRing = !places.IsEmpty;
        return isInRing ? places : beside.AsSpan(0, several);
    }

    /// <remarks>The digest is in registers meanwhile; one after the other, each would wait for what the one before it had written.</remarks>
    public void EndRecord(ReadOnlySpan<TraceEvent> events)
    {
        Count += events.Length;
        var sum = digest;
        foreach (ref readonly var e in events) sum.Add(e);
        digest = sum;
        if (isInRing) Ring!.Passed(events.Length);
        else if (Ring is { } ring)
            // Word by word, as they were written: a wider read would wait for all of the writing.
            foreach (ref readonly var e in events) ring.Record(e.Time, e.Kind, e.Processor, e.Side, e.Source, e.A, e.B);
        if (Sink is { } sink)
            foreach (ref readonly var e in events) sink.Record(e);
    }

    /// <summary>An event of this side, for <see cref="BeginRecord"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TraceEvent EventAt(SimTime time, TraceKind kind, uint source, long a, long b, byte processor) =>
        new(time, kind, processor, side, source, a, b);
}
