using Pcie.Time;

namespace Pcie.Trace.Flight;

/// <summary>
/// Keeps of a host's events what is worth explaining: what happened around each overrun, around the longest waits of the device's DPCs, and
/// at the end. A day of a machine is hundreds of millions of events; these are thousands.
/// </summary>
/// <remarks>
/// All events pass through a ring of <see cref="FlightRecorderOptions.RingLength"/>. When a DPC has ended whose wait is to be kept, the ring's part
/// is copied that begins with the oldest frame that was on any processor when the DPC was requested, so that what ran already is in it. A wait that
/// is longer than the ring is copied as it goes on.
/// Recording allocates when it keeps a window, and otherwise nothing.
/// </remarks>
public sealed class FlightRecorder : TraceRing
{
    private const long None = -1;

    private readonly FlightRecorderOptions options;
    private readonly IReadOnlyList<TraceSource> sources;
    private readonly List<FlightWindow> kept = [];
    private readonly PriorityQueue<FlightWindow, long> worst = new();

    // By source: null for what is no DPC of the device, and for what is beyond the sources that have been met.
    private DeviceDpc?[] dpcs = [];
    private int met;
    private bool hasChunk;
    private long keptEvents;
    private long leastOfWorst = long.MinValue;

    // Where the window begins of an overrun, a removal or a lost interrupt at which no DPC of the device waited or ran. The window stays open to the
    // end of the device's next DPC, which shows what was missing.
    private long openFrom = None;

    // A copy of the events from spillFrom on, as an open window is longer than the ring; brought up to date at event WakeAt.
    private TraceEvent[] spill = [];
    private int spilled;
    private long spillFrom;

    /// <param name="sources">The sources of the events; may still grow.</param>
    public FlightRecorder(IReadOnlyList<TraceSource> sources, FlightRecorderOptions? options = null)
        : base((options ??= new FlightRecorderOptions()).RingLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Worst);
        (this.sources, this.options) = (sources, options);
    }

    /// <summary>A window was kept: its first and its last event's time. For another side's recorder, to keep the same.</summary>
    public event Action<SimTime, SimTime>? Kept;

    /// <summary>Overruns that came when <see cref="FlightRecorderOptions.MaxEvents"/> were kept already: there is no window of them.</summary>
    public long OverrunsNotKept { get; private set; }

    /// <summary>
    /// What was kept, and what was last, in order, each window after a <see cref="TraceKind.EventsOmitted"/> that says how many events are not there.
    /// </summary>
    public TraceRecording ToRecording()
    {
        var recording = new TraceRecording();
        recording.NameSources(TraceSide.Host, sources);
        List<FlightWindow> windows =
        [
            .. kept, .. worst.UnorderedItems.Select(item => item.Element), Cut(Math.Max(0, Count - options.Tail), Count, 0),
        ];
        if (openFrom != None) windows.Add(Cut(openFrom, Count, 0));
        foreach (var dpc in dpcs)
        {
            if (dpc is null) continue;
            if (dpc.Pending.IsOpen) windows.Add(Cut(StartOf(ref dpc.Pending), Count, 0));
            if (dpc.Running.IsOverrun) windows.Add(Cut(StartOf(ref dpc.Running), Count, 0));
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

    /// <inheritdoc/>
    protected override void Process(long number)
    {
        if (number == WakeAt) Wake();
        ref readonly var e = ref this[number];
        switch (e.Kind)
        {
            case TraceKind.DpcQueued:
                if (e.A != 0 && DpcOf(e.Source) is { } asked) Asked(asked, e, number);
                break;
            case TraceKind.DpcBegin:
                if (DpcOf(e.Source) is { } began) Began(began, e);
                break;
            case TraceKind.DpcRemoved:
                if (DpcOf(e.Source) is { } removed) removed.Pending = FlightWait.None;
                break;
            case TraceKind.DpcEnd:
                if (DpcOf(e.Source) is { } ended) Ended(ended);
                break;
            case TraceKind.Overrun or TraceKind.DriverLoss: Overran(number); break;
            case TraceKind.DmaBufferGiven or TraceKind.ModerationAsked: Keep(new FlightWindow(number, [e], 0)); break;
            // From the first chunk and the last the time between chunks is known.
            case TraceKind.ChunkArrived when !hasChunk:
                hasChunk = true;
                Keep(new FlightWindow(number, [e], 0));
                break;
            case TraceKind.SurpriseRemoval or TraceKind.LostInterruptFound: Open(number); break;
        }
    }

    private static TraceEvent Omitted(in TraceEvent before, long events) =>
        new(before.Time, TraceKind.EventsOmitted, TraceEvent.NoProcessor, TraceSide.Host, 0, events, 0);

    // Null for another driver's DPC, which is not processed again.
    private DeviceDpc? DpcOf(uint source)
    {
        if (source >= met) Meet(source);
        return dpcs[source];
    }

    private void Meet(uint source)
    {
        if (source >= dpcs.Length) Array.Resize(ref dpcs, (int)source + 16);
        for (; met <= source; met++)
        {
            if (sources[met].IsDeviceMessage) dpcs[met] = new DeviceDpc();
            else PassOver((uint)met);
        }
    }

    private void Asked(DeviceDpc dpc, in TraceEvent e, long number)
    {
        if (dpc.Pending.IsOpen) return;
        dpc.Pending = FlightWait.Of(number, e.Time);
        WakeLater(number);
    }

    private void Began(DeviceDpc dpc, in TraceEvent e)
    {
        if (!dpc.Pending.IsOpen) return;
        // A DPC may run on two processors at once; the first run is over for us.
        if (dpc.Running.IsOverrun) Ended(dpc);
        dpc.Running = dpc.Pending with { Delay = e.Time.Nanoseconds - dpc.Pending.Asked };
        dpc.Pending = FlightWait.None;
    }

    private void Ended(DeviceDpc dpc)
    {
        if (openFrom != None) Close();
        if (!dpc.Running.IsOpen) return;
        if (dpc.Running.IsOverrun) Keep(Cut(StartOf(ref dpc.Running), Count, dpc.Running.Delay));
        else if (dpc.Running.Delay > leastOfWorst) KeepAmongWorst(Cut(StartOf(ref dpc.Running), Count, dpc.Running.Delay));
        dpc.Running = FlightWait.None;
    }

    private void Overran(long number)
    {
        if (keptEvents >= options.MaxEvents)
        {
            OverrunsNotKept++;
            return;
        }
        var isOfAWait = false;
        foreach (var dpc in dpcs)
        {
            if (dpc is null) continue;
            if (dpc.Pending.IsOpen) isOfAWait = dpc.Pending.IsOverrun = true;
            if (dpc.Running.IsOpen) isOfAWait = dpc.Running.IsOverrun = true;
        }
        if (!isOfAWait) Open(number);
    }

    private void Open(long number)
    {
        if (openFrom != None || keptEvents >= options.MaxEvents) return;
        openFrom = Math.Max(0, number + 1 - options.Tail);
        WakeLater(number);
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

    private void WakeLater(long number)
    {
        if (WakeAt == None) WakeAt = number + Length / 2;
    }

    // Twice while the ring goes round once, so that nothing that an open window needs is written over.
    private void Wake()
    {
        WakeAt = None;
        var needed = openFrom == None ? long.MaxValue : openFrom;
        foreach (var dpc in dpcs)
        {
            if (dpc is null) continue;
            if (dpc.Pending.IsOpen) needed = Math.Min(needed, StartOf(ref dpc.Pending));
            if (dpc.Running.IsOpen) needed = Math.Min(needed, StartOf(ref dpc.Running));
        }
        if (needed == long.MaxValue)
        {
            spilled = 0;
            return;
        }
        // Begins anew if no window needs what there is, or if there is too much of it.
        if (needed >= spillFrom + spilled || spilled > options.MaxEvents) (spilled, spillFrom) = (0, Math.Max(needed, Count - Length));
        else if (needed > spillFrom)
        {
            Array.Copy(spill, needed - spillFrom, spill, 0, spilled -= (int)(needed - spillFrom));
            spillFrom = needed;
        }
        var more = (int)(Count - (spillFrom + spilled));
        if (spilled + more > spill.Length) Array.Resize(ref spill, Math.Max(2 * spill.Length, spilled + more));
        for (var i = 0; i < more; i++, spilled++) spill[spilled] = this[spillFrom + spilled];
        WakeLater(Count);
    }

    // Found once, and kept: later the ring may no longer tell.
    private long StartOf(ref FlightWait wait) => wait.Start != None ? wait.Start : wait.Start = WithFramesAt(wait.Since);

    // Back to the oldest frame that was on a processor then: one that begins and does not end before.
    private long WithFramesAt(long number)
    {
        Span<int> ended = stackalloc int[byte.MaxValue + 1];
        ended.Clear();
        var start = number;
        for (var i = number - 1; i >= Oldest; i--)
        {
            ref readonly var e = ref this[i];
            if (e.Kind is TraceKind.IsrEnd or TraceKind.DpcEnd or TraceKind.RaisedIrqlEnd) ended[e.Processor]++;
            else if ((e.Kind is TraceKind.IsrBegin or TraceKind.DpcBegin or TraceKind.RaisedIrqlBegin) && ended[e.Processor]-- == 0)
                (start, ended[e.Processor]) = (i, 0);
        }
        return start;
    }

    // Of the ring; what has been written over of the spill, as far as it is there.
    private FlightWindow Cut(long from, long to, long delay)
    {
        from = Math.Max(from, spilled > 0 && spillFrom + spilled >= Oldest ? Math.Min(spillFrom, Oldest) : Oldest);
        var events = new TraceEvent[Math.Max(0, to - from)];
        for (var i = 0; i < events.Length; i++) events[i] = from + i >= Oldest ? this[from + i] : spill[from + i - spillFrom];
        return new FlightWindow(from, events, delay);
    }

    private sealed record FlightWindow(long From, TraceEvent[] Events, long Delay)
    {
        public long To => From + Events.Length;
    }

    // A DPC of the device. Once a run has begun the DPC can be requested again, so that it may have two waits at once.
    private sealed class DeviceDpc
    {
        public FlightWait Pending = FlightWait.None, Running = FlightWait.None;
    }

    // From a request, at event Since and time Asked, to the end of the run that answers it; the run began Delay later.
    private record struct FlightWait(long Since, long Start, long Asked, long Delay, bool IsOverrun)
    {
        public static readonly FlightWait None = new(FlightRecorder.None, FlightRecorder.None, 0, 0, false);

        public static FlightWait Of(long number, SimTime asked) => None with { Since = number, Asked = asked.Nanoseconds };

        public readonly bool IsOpen => Since != FlightRecorder.None;
    }
}
