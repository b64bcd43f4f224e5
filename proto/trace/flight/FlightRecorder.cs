using System.Runtime.CompilerServices;
using Pcie.Time;

namespace Pcie.Trace.Flight;

/// <summary>
/// Keeps of a host's events what is worth explaining: what happened around each overrun, around the longest waits of the device's DPCs, and
/// at the end. A day of a machine is hundreds of millions of events; these are thousands.
/// </summary>
/// <remarks>
/// All events pass through a ring of <see cref="FlightRecorderOptions.RingLength"/>. When a DPC has ended whose wait is to be kept, the ring's
/// part is copied that begins with the oldest frame that was on any processor when the DPC was asked for, so that what ran already is in it. A wait that
/// is longer than the ring is copied as it goes on.
/// Recording allocates when it keeps a window, and otherwise nothing.
/// </remarks>
public sealed class FlightRecorder
{
    private const long None = -1;

    private readonly FlightRecorderOptions options;
    private readonly IReadOnlyList<string> sources;
    private readonly TraceEvent[] ring;
    private readonly List<FlightWindow> kept = [];
    private readonly PriorityQueue<FlightWindow, long> worst = new();
    private Watched?[] watched = [];
    private bool[] known = [];

    // A bit for each of the first 64 sources, unless it is known to be no DPC of the device.
    private ulong lookedAt = ulong.MaxValue;
    private bool hasChunk;
    private long keptEvents;
    private long leastOfWorst = long.MinValue;

    // Of an overrun for which nobody waited, or the like: kept up to the end of the next DPC, which tells what it was that did not come.
    private long openFrom = None;

    // The events from spillFrom on, of which something may be needed that the ring is going to write over; looked after at wakeAt.
    private TraceEvent[] spill = [];
    private int spilled;
    private long spillFrom, wakeAt = None;

    /// <param name="sources">The names behind the events' sources; may still grow.</param>
    public FlightRecorder(IReadOnlyList<string> sources, FlightRecorderOptions? options = null)
    {
        (this.sources, this.options) = (sources, options ?? new FlightRecorderOptions());
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(this.options.Worst);
        if (!int.IsPow2(this.options.RingLength)) throw new ArgumentException("The ring's length must be a power of two.", nameof(options));
        ring = new TraceEvent[this.options.RingLength];
    }

    /// <summary>A window was kept: its first and its last event's time. For another side's recorder, to keep the same.</summary>
    public event Action<SimTime, SimTime>? Kept;

    /// <summary>Events that passed through.</summary>
    public long Count { get; private set; }

    /// <summary>Overruns that came when <see cref="FlightRecorderOptions.MostEvents"/> were kept already: there is no window of them.</summary>
    public long OverrunsNotKept { get; private set; }

    /// <summary>Takes the next event. Where the kind is known when this is compiled, most come down to writing 32 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Record(SimTime time, TraceKind kind, byte processor, TraceSide side, uint source, long a, long b)
    {
        var index = Count++;
        ring[(int)index & (ring.Length - 1)] = new TraceEvent(time, kind, processor, side, source, a, b);
        var isLookedAt = kind is TraceKind.DpcQueued or TraceKind.DpcBegin or TraceKind.DpcEnd or TraceKind.DpcRemoved
            ? IsLookedAt(source) : kind >= TraceKind.ChunkArrived;
        if (isLookedAt || index == wakeAt) Look(index);
    }

    // Nearly all DPCs are other drivers'.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsLookedAt(uint source) => source >= 64 || (lookedAt >> (int)source & 1) != 0;

    private void Look(long index)
    {
        if (index == wakeAt) Wake();
        ref readonly var e = ref ring[(int)index & (ring.Length - 1)];
        switch (e.Kind)
        {
            case TraceKind.DpcQueued:
                if (e.A != 0 && IsWatched(e.Source)) Asked(watched[e.Source]!, e, index);
                break;
            case TraceKind.DpcBegin:
                if (IsWatched(e.Source)) Began(watched[e.Source]!, e);
                break;
            case TraceKind.DpcRemoved:
                if (IsWatched(e.Source)) (watched[e.Source]!.Since, watched[e.Source]!.IsOverrun) = (None, false);
                break;
            case TraceKind.DpcEnd:
                if (IsWatched(e.Source)) Ended(watched[e.Source]!);
                break;
            case TraceKind.Overrun: Overran(index); break;
            case TraceKind.DmaBufferGiven or TraceKind.ModerationAsked: Keep(new FlightWindow(index, [e], 0)); break;
            // From the first chunk and the last the time between chunks is known.
            case TraceKind.ChunkArrived when !hasChunk:
                hasChunk = true;
                Keep(new FlightWindow(index, [e], 0));
                break;
            case TraceKind.SurpriseRemoval or TraceKind.LostInterruptFound: Open(index); break;
        }
    }

    /// <summary>
    /// What was kept, and what was last, in order, each window after a <see cref="TraceKind.EventsOmitted"/> that says how many events are not there.
    /// </summary>
    public TraceRecording ToRecording()
    {
        var recording = new TraceRecording();
        recording.NameSources(TraceSide.Host, sources);
        var tail = Cut(Math.Max(0, Count - options.Tail), Count, 0);
        List<FlightWindow> windows = [.. kept, .. worst.UnorderedItems.Select(item => item.Element), tail];
        if (openFrom != None) windows.Add(Cut(openFrom, Count, 0));
        foreach (var pending in watched)
        {
            if (pending is { Since: not None }) windows.Add(Cut(pending.Start != None ? pending.Start : WithFramesAt(pending.Since), Count, 0));
            if (pending is { RunIsOverrun: true }) windows.Add(Cut(StartOf(pending), Count, 0));
        }
        windows.Sort((a, b) => a.From.CompareTo(b.From));
        var next = 0L;
        foreach (var window in windows)
        {
            if (window.To <= next || window.Events.Length == 0) continue;
            if (window.From > next) recording.Record(Omitted(window.Events[0], window.From - next));
            for (next = Math.Max(next, window.From); next < window.To; next++) recording.Record(window.Events[next - window.From]);
        }
        return recording;
    }

    private static TraceEvent Omitted(in TraceEvent before, long events) =>
        new(before.Time, TraceKind.EventsOmitted, TraceEvent.NoProcessor, TraceSide.Host, 0, events, 0);

    private bool IsWatched(uint source) => source < known.Length && known[source] ? watched[source] is not null : Know(source);

    private bool Know(uint source)
    {
        if (source >= known.Length)
        {
            Array.Resize(ref known, (int)source + 16);
            Array.Resize(ref watched, known.Length);
        }
        known[source] = true;
        watched[source] = TraceSources.IsMessageOfDevice(sources[(int)source]) ? new Watched() : null;
        if (watched[source] is not null) return true;
        if (source < 64) lookedAt &= ~(1UL << (int)source);
        return false;
    }

    private void Asked(Watched dpc, in TraceEvent e, long index)
    {
        if (dpc.Since != None) return;
        (dpc.Since, dpc.Start, dpc.Asked) = (index, None, e.Time.Nanoseconds);
        WakeLater(index);
    }

    private void WakeLater(long index)
    {
        if (wakeAt == None) wakeAt = index + ring.Length / 2;
    }

    // Twice while the ring goes round once, so that nothing that is needed is written over.
    private void Wake()
    {
        wakeAt = None;
        var oldest = openFrom == None ? long.MaxValue : openFrom;
        foreach (var dpc in watched)
        {
            if (dpc is null) continue;
            if (dpc.Since != None) oldest = Math.Min(oldest, dpc.Start = dpc.Start != None ? dpc.Start : WithFramesAt(dpc.Since));
            if (dpc.Runs) oldest = Math.Min(oldest, dpc.RunStart = dpc.RunStart != None ? dpc.RunStart : WithFramesAt(dpc.RunSince));
        }
        if (oldest == long.MaxValue)
        {
            spilled = 0;
            return;
        }
        // What nobody needs any more, and what would be too much.
        if (oldest >= spillFrom + spilled || spilled > options.MostEvents) (spilled, spillFrom) = (0, Math.Max(oldest, Count - ring.Length));
        else if (oldest > spillFrom)
        {
            Array.Copy(spill, oldest - spillFrom, spill, 0, spilled -= (int)(oldest - spillFrom));
            spillFrom = oldest;
        }
        var more = (int)(Count - (spillFrom + spilled));
        if (spilled + more > spill.Length) Array.Resize(ref spill, Math.Max(2 * spill.Length, spilled + more));
        for (var i = 0; i < more; i++, spilled++) spill[spilled] = ring[(int)(spillFrom + spilled) & (ring.Length - 1)];
        WakeLater(Count);
    }

    private void Began(Watched dpc, in TraceEvent e)
    {
        if (dpc.Since == None) return;
        // A DPC may run on two processors at once; the first run is over for us.
        if (dpc.RunIsOverrun) Ended(dpc);
        (dpc.Runs, dpc.RunSince, dpc.RunStart, dpc.Delay, dpc.RunIsOverrun) = (true, dpc.Since, dpc.Start, e.Time.Nanoseconds - dpc.Asked, dpc.IsOverrun);
        (dpc.Since, dpc.IsOverrun) = (None, false);
    }

    private void Ended(Watched dpc)
    {
        if (openFrom != None) Close();
        if (!dpc.Runs) return;
        dpc.Runs = false;
        if (dpc.RunIsOverrun)
        {
            dpc.RunIsOverrun = false;
            Keep(Cut(StartOf(dpc), Count, dpc.Delay));
        }
        else if (dpc.Delay > leastOfWorst) KeepAmongWorst(Cut(StartOf(dpc), Count, dpc.Delay));
    }

    private void Overran(long index)
    {
        if (keptEvents >= options.MostEvents)
        {
            OverrunsNotKept++;
            return;
        }
        var isOfAWait = false;
        foreach (var dpc in watched)
        {
            if (dpc is null) continue;
            if (dpc.Since != None) isOfAWait = dpc.IsOverrun = true;
            if (dpc.Runs) isOfAWait = dpc.RunIsOverrun = true;
        }
        if (!isOfAWait) Open(index);
    }

    private void Open(long index)
    {
        if (openFrom != None || keptEvents >= options.MostEvents) return;
        openFrom = Math.Max(0, index + 1 - options.Tail);
        WakeLater(index);
    }

    private void Close()
    {
        Keep(Cut(openFrom, Count, 0));
        openFrom = None;
    }

    private void KeepAmongWorst(FlightWindow window)
    {
        if (worst.Count == options.Worst) worst.Dequeue();
        worst.Enqueue(window, window.Delay);
        if (worst.Count == options.Worst && worst.TryPeek(out _, out var least)) leastOfWorst = least;
        Kept?.Invoke(window.Events[0].Time, window.Events[^1].Time);
    }

    private void Keep(FlightWindow window)
    {
        kept.Add(window);
        keptEvents += window.Events.Length;
        Kept?.Invoke(window.Events[0].Time, window.Events[^1].Time);
    }

    private long StartOf(Watched run) => run.RunStart != None ? run.RunStart : WithFramesAt(run.RunSince);

    // Back to the oldest frame that was on a processor then: one that begins and does not end before.
    private long WithFramesAt(long index)
    {
        Span<int> ended = stackalloc int[byte.MaxValue + 1];
        ended.Clear();
        var start = index;
        for (var i = index - 1; i >= Math.Max(0, Count - ring.Length); i--)
        {
            ref readonly var e = ref ring[(int)i & (ring.Length - 1)];
            if (e.Kind is TraceKind.IsrEnd or TraceKind.DpcEnd or TraceKind.RaisedIrqlEnd) ended[e.Processor]++;
            else if ((e.Kind is TraceKind.IsrBegin or TraceKind.DpcBegin or TraceKind.RaisedIrqlBegin) && ended[e.Processor]-- == 0)
                (start, ended[e.Processor]) = (i, 0);
        }
        return start;
    }

    // The ring's part; if it has been written over, what is left of it.
    private FlightWindow Cut(long from, long to, long delay)
    {
        var inRing = Math.Max(0, Count - ring.Length);
        from = Math.Max(from, spilled > 0 && spillFrom + spilled >= inRing ? Math.Min(spillFrom, inRing) : inRing);
        var events = new TraceEvent[Math.Max(0, to - from)];
        for (var i = 0; i < events.Length; i++)
            events[i] = from + i >= inRing ? ring[(int)(from + i) & (ring.Length - 1)] : spill[from + i - spillFrom];
        return new FlightWindow(from, events, delay);
    }

    private sealed record FlightWindow(long From, TraceEvent[] Events, long Delay)
    {
        public long To => From + Events.Length;
    }

    // A DPC of the device: when it was asked for, if it waits; and what is to become of the run that goes on.
    private sealed class Watched
    {
        public long Since = None, Start = None, Asked, RunSince, RunStart = None, Delay;
        public bool IsOverrun, Runs, RunIsOverrun;
    }
}
