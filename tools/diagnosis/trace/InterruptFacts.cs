using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Diagnosis.Trace;

/// <summary>
/// Whether an interrupt came for what the card had written: the times in which data lay in host memory, and no message of the card waited and no
/// ISR or DPC of the driver waited or ran. The host's side of the trace tells, whole or in windows.
/// </summary>
public sealed class InterruptFacts : ITraceSink
{
    private const int MostWaiting = 1 << 16;
    private const int MostQuiet = 1 << 16;

    // So many events later a late message has come.
    private const int Soon = 16;

    // The message comes right behind the data: posted writes keep their order (PCIe Base 5.0, 2.4.1).
    private static readonly Duration ShortestQuiet = Duration.FromMicroseconds(10);

    private readonly HashSet<uint> ofDevice = [];
    private readonly HashSet<uint> asked = [];
    private readonly HashSet<long> vectors = [];
    private readonly Queue<(long Chunk, SimTime At)> waiting = new();
    private readonly List<QuietWait> quiet = [];
    private readonly List<SimTime> lostFound = [];
    private Duration shortest = ShortestQuiet;
    private int isrs, dpcs;
    private bool isUnknown, isQuiet, isDestroyed, wasLeft, watchdog;
    private SimTime quietFrom, lastDpcBegan, lastTime;
    private long quietChunk, events, eventsAtQuiet;

    // Chunks and overruns for which no ISR has come yet. It grows with each that falls together with another or is lost, and with one whose message
    // is late it falls again to what it was: then those quiet times are late messages'.
    private long owed, owedAtQuiet;
    private readonly List<(int Quiet, long Owed, long Until)> settling = [];

    public InterruptFacts(IReadOnlyList<string> hostSources)
    {
        for (var source = 0; source < hostSources.Count; source++)
            if (TraceSources.IsMessageOfDevice(hostSources[source])) ofDevice.Add((uint)source);
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
            case TraceKind.InterruptRequested when ofDevice.Contains(e.Source): vectors.Add(e.A); break;
            case TraceKind.IsrBegin when ofDevice.Contains(e.Source):
                vectors.Remove(e.A);
                isrs++;
                owed--;
                Settle();
                break;
            case TraceKind.IsrEnd when ofDevice.Contains(e.Source): isrs = Math.Max(0, isrs - 1); break;
            case TraceKind.DpcQueued when ofDevice.Contains(e.Source): asked.Add(e.Source); break;
            case TraceKind.DpcRemoved: asked.Remove(e.Source); break;
            case TraceKind.DpcBegin when ofDevice.Contains(e.Source):
                asked.Remove(e.Source);
                dpcs++;
                lastDpcBegan = e.Time;
                break;
            case TraceKind.DpcEnd when ofDevice.Contains(e.Source):
                dpcs = Math.Max(0, dpcs - 1);
                isUnknown = false;
                break;
            case TraceKind.ChunkArrived:
                events++;
                owed++;
                if (waiting.Count < MostWaiting) waiting.Enqueue((e.A, e.Time));
                break;
            case TraceKind.Overrun:
                events++;
                owed++;
                isDestroyed = true;
                Taken(e.A);
                break;
            case TraceKind.ChunkCopied or TraceKind.ChunkRefused: Taken(e.A); break;
            case TraceKind.LostInterruptFound:
                lostFound.Add(e.Time);
                watchdog = true;
                break;
            case TraceKind.ModerationAsked: shortest = e.B == 0 ? SimTime.Never - SimTime.Zero : ShortestQuiet + new Duration(e.B); break;
            case TraceKind.DmaBufferGiven or TraceKind.SurpriseRemoval: Forget(); break;
            case TraceKind.EventsOmitted:
                Forget();
                isUnknown = true;
                break;
        }
        lastTime = e.Time;
        Look(e.Time);
    }

    /// <summary>The trace ends.</summary>
    public void End()
    {
        if (isQuiet) EndQuiet(lastTime, QuietEnd.EndOfTrace);
    }

    private void Taken(long chunk)
    {
        while (waiting.TryPeek(out var oldest) && oldest.Chunk <= chunk) waiting.Dequeue();
    }

    private void Forget()
    {
        if (isQuiet) EndQuiet(lastTime, QuietEnd.NextEvent);
        settling.Clear();
        waiting.Clear();
        vectors.Clear();
        asked.Clear();
        (isrs, dpcs) = (0, 0);
    }

    private void Look(SimTime now)
    {
        var isMoving = isUnknown || vectors.Count > 0 || isrs > 0 || dpcs > 0 || asked.Count > 0;
        // That a chunk was destroyed is no interrupt for it.
        var shouldBeQuiet = !isMoving && (waiting.Count > 0 || (isQuiet && isDestroyed));
        if (shouldBeQuiet == isQuiet) return;
        if (isQuiet)
        {
            // Nothing else had happened that a message could be for: it is the chunk's own.
            EndQuiet(now, watchdog ? QuietEnd.Watchdog : events == eventsAtQuiet ? QuietEnd.LateMessage : QuietEnd.NextEvent);
            return;
        }
        (isQuiet, isDestroyed, quietFrom, quietChunk, eventsAtQuiet, watchdog) = (true, false, now, waiting.Peek().Chunk, events, false);
        wasLeft = waiting.Peek().At < lastDpcBegan;
        owedAtQuiet = owed - waiting.Count;
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
        isQuiet = false;
        if (at - quietFrom >= shortest && quiet.Count < MostQuiet)
        {
            quiet.Add(new QuietWait(quietFrom, at, quietChunk, wasLeft, events - eventsAtQuiet, end));
            if (end == QuietEnd.NextEvent) settling.Add((quiet.Count - 1, owedAtQuiet, events + 2 * (events - eventsAtQuiet) + Soon));
        }
    }
}
