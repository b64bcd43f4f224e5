using System.Globalization;
using Pcie.Time;
using Pcie.Trace;
using Unit = Pcie.Diagnosis.Perfetto.Wire.CounterDescriptor.Types.Unit;

namespace Pcie.Diagnosis.Perfetto;

/// <summary>
/// Card and data in a Perfetto trace of our own: DMA transfers as slices, what the interrupt core did, overruns and faults as instants, and how
/// full the DMA buffer, the cyclic buffer and the DPC queues are.
/// </summary>
internal sealed class PerfettoCard : ITraceSink
{
    private const int MaxWaiting = 1 << 16;

    // In the place of an arrow: the recorder left out what became of the messages before.
    private const ulong Omitted = 0;

    private readonly PerfettoFile file;
    private readonly IReadOnlySet<string> ofDevice;
    private readonly PerfettoTrack card, interrupts, events, data, driver, dmaBuffer, cyclicBuffer;
    private readonly List<(PerfettoTrack Track, long? Chunk)> transfers = [];
    private readonly Dictionary<byte, PerfettoTrack> queues = [];
    private readonly Dictionary<long, Queue<(SimTime At, ulong Flow)>> sent = [];
    private readonly Queue<long> waiting = new();

    /// <param name="ofDevice">Names of ISRs that are the card's messages.</param>
    public PerfettoCard(PerfettoFile file, IReadOnlySet<string> ofDevice)
    {
        (this.file, this.ofDevice) = (file, ofDevice);
        card = file.AddTrack("Card");
        interrupts = file.AddTrack("interrupt core", card);
        events = file.AddTrack("faults and losses", card);
        data = file.AddTrack("Driver and data");
        driver = file.AddTrack("overruns", data);
        dmaBuffer = file.AddTrack("chunks in the DMA buffer", data, Unit.Count);
        cyclicBuffer = file.AddTrack("chunks in the cyclic buffer", data, Unit.Count);
    }

    /// <summary>The arrows of the card's messages that this ISR answers: those of its number that were sent before it began.</summary>
    public ulong[] TakeArrows(string isr, SimTime began)
    {
        if (!ofDevice.Contains(isr) || !long.TryParse(isr.AsSpan(isr.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture, out var message)
            || !sent.TryGetValue(message, out var messages)) return [];
        var flows = new List<ulong>();
        while (messages.TryPeek(out var first) && first.At <= began)
        {
            messages.Dequeue();
            if (first.Flow == Omitted) flows.Clear();
            else flows.Add(first.Flow);
        }
        return [.. flows];
    }

    public void Record(in TraceEvent e)
    {
        switch (e.Kind)
        {
            case TraceKind.InterruptRaised: interrupts.Instant(e.Time, "interrupt", "raised", ("cause", e.A)); break;
            case TraceKind.InterruptSent: interrupts.Instant(e.Time, "interrupt", "message", ("vector", e.A), Sent(e)); break;
            case TraceKind.InterruptCollapsed: interrupts.Instant(e.Time, "interrupt", "collapsed", ("cause", e.A)); break;
            case TraceKind.InterruptMasked:
                interrupts.Instant(e.Time, "interrupt", e.B == 0 ? "lost to a mask" : "pending, masked", ("vector", e.A));
                break;
            case TraceKind.ChunkStarted: Start(e); break;
            case TraceKind.ChunkWritten: Finish(e); break;
            case TraceKind.ChunkOverwritten: events.Instant(e.Time, "loss", "OVERWRITTEN", ("chunk", e.A)); break;
            case TraceKind.ChunkDropped:
                Finish(e);
                events.Instant(e.Time, "loss", "DROPPED", ("chunk", e.A));
                break;
            case TraceKind.FaultInjected: events.Instant(e.Time, "fault", "FAULT", ("kind", e.A)); break;
            case TraceKind.RequestRefused: events.Instant(e.Time, "fault", "request refused", ("address", e.A)); break;
            case TraceKind.Overrun:
                driver.Instant(e.Time, "loss", "OVERRUN", ("chunk", e.A));
                Leave(e);
                break;
            case TraceKind.ReadFailed: driver.Instant(e.Time, "fault", "read failed", ("address", e.A)); break;
            case TraceKind.SurpriseRemoval: driver.Instant(e.Time, "fault", "device gone", ("reason", e.A)); break;
            case TraceKind.LostInterruptFound: driver.Instant(e.Time, "loss", "lost interrupt found", ("chunk", e.A)); break;
            case TraceKind.DpcWatchdogViolation: driver.Instant(e.Time, "fault", "DPC WATCHDOG VIOLATION", ("clock interrupts", e.B)); break;
            case TraceKind.ChunkRefused:
                driver.Instant(e.Time, "loss", "REFUSED, cyclic buffer full", ("chunk", e.A));
                Leave(e);
                break;
            case TraceKind.ChunkArrived:
                if (waiting.Count < MaxWaiting) waiting.Enqueue(e.A);
                dmaBuffer.Count(e.Time, waiting.Count);
                break;
            case TraceKind.ChunkCopied:
                Leave(e);
                cyclicBuffer.Count(e.Time, e.B);
                break;
            case TraceKind.ChunkDelivered: cyclicBuffer.Count(e.Time, e.B); break;
            case TraceKind.DmaBufferGiven: Empty(e.Time); break;
            case TraceKind.DpcQueued: Depth(e, e.B); break;
            case TraceKind.DpcBegin when e.B == 0: Depth(e, e.A); break;
            case TraceKind.EventsOmitted: Omit(e); break;
        }
    }

    private ReadOnlySpan<ulong> Sent(in TraceEvent e)
    {
        if (!sent.TryGetValue(e.A, out var messages)) sent.Add(e.A, messages = new Queue<(SimTime, ulong)>());
        var flow = file.AddFlow();
        messages.Enqueue((e.Time, flow));
        return new[] { flow };
    }

    // Transfers overlap without nesting, so each goes to the first lane that is free.
    private void Start(in TraceEvent e)
    {
        var lane = transfers.FindIndex(transfer => transfer.Chunk is null);
        if (lane < 0)
        {
            lane = transfers.Count;
            transfers.Add((file.AddTrack(lane == 0 ? "DMA" : string.Create(CultureInfo.InvariantCulture, $"DMA {lane + 1}"), card), null));
        }
        transfers[lane] = transfers[lane] with { Chunk = e.A };
        transfers[lane].Track.Begin(e.Time, "DMA", "chunk");
    }

    private void Finish(in TraceEvent e)
    {
        var chunk = e.A;
        var lane = transfers.FindIndex(transfer => transfer.Chunk == chunk);
        if (lane < 0) return;
        transfers[lane].Track.End(e.Time);
        transfers[lane] = transfers[lane] with { Chunk = null };
    }

    private void Leave(in TraceEvent e)
    {
        while (waiting.TryPeek(out var oldest) && oldest <= e.A) waiting.Dequeue();
        dmaBuffer.Count(e.Time, waiting.Count);
    }

    private void Empty(SimTime at)
    {
        waiting.Clear();
        dmaBuffer.Count(at, 0);
    }

    private void Depth(in TraceEvent e, long depth)
    {
        if (!queues.TryGetValue(e.Processor, out var queue))
            queues.Add(e.Processor, queue = file.AddTrack($"DPC queue of CPU {e.Processor}", data, Unit.Count));
        queue.Count(e.Time, depth);
    }

    // A flight recorder's windows: what was going on before has no end here.
    private void Omit(in TraceEvent e)
    {
        if (e.Side == TraceSide.Host) driver.Instant(e.Time, "recorder", "events left out", ("events", e.A));
        else events.Instant(e.Time, "recorder", "events left out", ("events", e.A));
        End(e.Time, e.Side);
    }

    /// <summary>Ends what one side has open: nothing follows that is connected with it.</summary>
    public void End(SimTime at, TraceSide side)
    {
        if (side == TraceSide.Host)
        {
            Empty(at);
            return;
        }
        foreach (var messages in sent.Values) messages.Enqueue((at, Omitted));
        for (var lane = 0; lane < transfers.Count; lane++)
        {
            if (transfers[lane].Chunk is null) continue;
            transfers[lane].Track.End(at);
            transfers[lane] = transfers[lane] with { Chunk = null };
        }
    }
}
