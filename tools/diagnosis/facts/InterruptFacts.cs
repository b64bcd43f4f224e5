using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Diagnosis.Facts;

/// <summary>
/// Whether an interrupt came for what the card had written: the times in which data lay in host memory, and no message of the card waited and no
/// ISR or DPC of the driver waited or ran. The host's side of the trace tells, whole or in windows.
/// </summary>
public sealed class InterruptFacts(IReadOnlyList<TraceSource> hostSources) : ITraceSink
{
    private const int MaxWaiting = 1 << 16;
    private const int MaxQuiet = 1 << 16;

    // So many events later a late message has come.
    private const int Soon = 16;

    // The message comes right behind the data: posted writes keep their order (PCIe Base 5.0, 2.4.1).
    private static readonly Duration ShortestQuiet = Duration.FromMicroseconds(10);

    private readonly HashSet<uint> asked = [];
    private readonly HashSet<long> vectors = [];
    private readonly Queue<(long Chunk, SimTime At)> waiting = new();
    private readonly List<QuietWait> quiet = [];
    private readonly List<SimTime> lostFound = [];
    private readonly List<(int Quiet, long Owed, long Until)> settling = [];
    private Duration shortest = ShortestQuiet;
    private State state = State.Attended;
    private OpenQuiet open;
    private int isrs, dpcs;
    private SimTime lastDpcBegan, lastTime;
    private long events;

    // Chunks and overruns so far, less ISRs. An interrupt that collapsed or was lost raises the difference for good; a message that was late brings
    // it back to what it was, which marks the quiet time before as that message's.
    private long owed;

    private enum State
    {
        /// <summary>Nothing waits, or a message, an ISR or a DPC is under way.</summary>
        Attended,

        /// <summary>Data waits, and nothing is under way to fetch it.</summary>
        Quiet,

        /// <summary>Events are missing; from the end of the device's next DPC on it is known again what is under way.</summary>
        Unknown,
    }

    /// <summary>When the driver's watchdog found that an interrupt was lost.</summary>
    public IReadOnlyList<SimTime> LostFound => lostFound;

    /// <summary>By beginning; those shorter than 10 µs, or than the card was asked to hold interrupts back, are left out.</summary>
    public IReadOnlyList<QuietWait> Quiet => quiet;

    /// <summary>Takes an event of the host's side.</summary>
    public void Record(in TraceEvent e)
    {
        switch (e.Kind)
        {
            case TraceKind.InterruptRequested when IsOfDevice(e): vectors.Add(e.A); break;
            case TraceKind.IsrBegin when IsOfDevice(e):
                vectors.Remove(e.A);
                isrs++;
                owed--;
                Settle();
                break;
            case TraceKind.IsrEnd when IsOfDevice(e): isrs = Math.Max(0, isrs - 1); break;
            case TraceKind.DpcQueued when IsOfDevice(e): asked.Add(e.Source); break;
            case TraceKind.DpcRemoved: asked.Remove(e.Source); break;
            case TraceKind.DpcBegin when IsOfDevice(e):
                asked.Remove(e.Source);
                dpcs++;
                lastDpcBegan = e.Time;
                break;
            case TraceKind.DpcEnd when IsOfDevice(e):
                dpcs = Math.Max(0, dpcs - 1);
                if (state == State.Unknown) state = State.Attended;
                break;
            case TraceKind.ChunkArrived:
                events++;
                owed++;
                if (waiting.Count < MaxWaiting) waiting.Enqueue((e.A, e.Time));
                break;
            case TraceKind.Overrun:
                events++;
                owed++;
                open.HasOverrun = true;
                RemoveWaiting(e.A);
                break;
            case TraceKind.ChunkCopied or TraceKind.ChunkRefused: RemoveWaiting(e.A); break;
            case TraceKind.LostInterruptFound:
                lostFound.Add(e.Time);
                open.FoundByWatchdog = true;
                break;
            case TraceKind.ModerationAsked: shortest = e.B == 0 ? SimTime.Never - SimTime.Zero : ShortestQuiet + new Duration(e.B); break;
            case TraceKind.DmaBufferGiven or TraceKind.SurpriseRemoval: Forget(); break;
            case TraceKind.EventsOmitted:
                Forget();
                state = State.Unknown;
                break;
        }
        lastTime = e.Time;
        UpdateQuiet(e.Time);
    }

    /// <summary>The trace ends.</summary>
    public void End()
    {
        if (state == State.Quiet) EndQuiet(lastTime, QuietEnd.EndOfTrace);
    }

    private bool IsOfDevice(in TraceEvent e) => hostSources[(int)e.Source].IsDeviceMessage;

    // This chunk waits no more, nor do those before it.
    private void RemoveWaiting(long chunk)
    {
        while (waiting.TryPeek(out var oldest) && oldest.Chunk <= chunk) waiting.Dequeue();
    }

    private void Forget()
    {
        if (state == State.Quiet) EndQuiet(lastTime, QuietEnd.NextEvent);
        settling.Clear();
        waiting.Clear();
        vectors.Clear();
        asked.Clear();
        (isrs, dpcs) = (0, 0);
    }

    private void UpdateQuiet(SimTime now)
    {
        if (state == State.Unknown) return;
        var isUnderWay = vectors.Count > 0 || isrs > 0 || dpcs > 0 || asked.Count > 0;
        // That a chunk was destroyed is no interrupt for it.
        var shouldBeQuiet = !isUnderWay && (waiting.Count > 0 || (state == State.Quiet && open.HasOverrun));
        if (shouldBeQuiet == (state == State.Quiet)) return;
        if (!shouldBeQuiet)
        {
            // Nothing else had happened that a message could be for: it is the chunk's own.
            EndQuiet(now, open.FoundByWatchdog ? QuietEnd.Watchdog : events == open.Events ? QuietEnd.LateMessage : QuietEnd.NextEvent);
            return;
        }
        state = State.Quiet;
        var (chunk, arrived) = waiting.Peek();
        open = new OpenQuiet { From = now, Chunk = chunk, WasLeft = arrived < lastDpcBegan, Events = events, Owed = owed - waiting.Count };
    }

    private void Settle()
    {
        for (var i = settling.Count - 1; i >= 0; i--)
        {
            if (owed <= settling[i].Owed) quiet[settling[i].Quiet] = quiet[settling[i].Quiet] with { End = QuietEnd.LateMessage };
            else if (events <= settling[i].Until) continue;
            settling.RemoveAt(i);
        }
    }

    private void EndQuiet(SimTime at, QuietEnd end)
    {
        state = State.Attended;
        if (at - open.From < shortest || quiet.Count == MaxQuiet) return;
        var meanwhile = events - open.Events;
        quiet.Add(new QuietWait(open.From, at, open.Chunk, open.WasLeft, meanwhile, end));
        if (end == QuietEnd.NextEvent) settling.Add((quiet.Count - 1, open.Owed, events + 2 * meanwhile + Soon));
    }

    // A quiet time that goes on: what it began with, and what has come about since.
    private struct OpenQuiet
    {
        public SimTime From;
        public long Chunk, Events, Owed;
        public bool WasLeft, HasOverrun, FoundByWatchdog;
    }
}
