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
    private bool isUnknown, isQuiet, wasLeft, watchdog;
    private SimTime quietFrom, lastDpcBegan, lastTime;
    private long quietChunk, events, eventsAtQuiet;

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
                break;
            case TraceKind.IsrEnd when ofDevice.Contains(e.Source): isrs = Math.Max(0, isrs - 1); break;
            case TraceKind.DpcQueued when ofDevice.Contains(e.Source): asked.Add(e.Source); break;
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
                if (waiting.Count < MostWaiting) waiting.Enqueue((e.A, e.Time));
                break;
            case TraceKind.Overrun:
                events++;
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
        waiting.Clear();
        vectors.Clear();
        asked.Clear();
        (isrs, dpcs) = (0, 0);
    }

    private void Look(SimTime now)
    {
        var isMoving = isUnknown || vectors.Count > 0 || isrs > 0 || dpcs > 0 || asked.Count > 0;
        var shouldBeQuiet = waiting.Count > 0 && !isMoving;
        if (shouldBeQuiet == isQuiet) return;
        if (isQuiet)
        {
            // Nothing else had happened that a message could be for: it is the chunk's own.
            EndQuiet(now, watchdog ? QuietEnd.Watchdog : events == eventsAtQuiet ? QuietEnd.LateMessage : QuietEnd.NextEvent);
            return;
        }
        (isQuiet, quietFrom, quietChunk, eventsAtQuiet, watchdog) = (true, now, waiting.Peek().Chunk, events, false);
        wasLeft = waiting.Peek().At < lastDpcBegan;
    }

    private void EndQuiet(SimTime at, QuietEnd end)
    {
        isQuiet = false;
        if (at - quietFrom >= shortest && quiet.Count < MostQuiet)
            quiet.Add(new QuietWait(quietFrom, at, quietChunk, wasLeft, events - eventsAtQuiet, end));
    }
}
