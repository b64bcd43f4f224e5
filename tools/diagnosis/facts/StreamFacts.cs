using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Diagnosis.Facts;

/// <summary>What our own trace says of the data: what there is room for, how fast chunks came, and which were destroyed.</summary>
public sealed class StreamFacts : ITraceSink
{
    private readonly List<(long Chunk, SimTime At)> overruns = [];
    private readonly Duration given;
    private readonly Dictionary<long, SimTime> destroyed = [];
    private (long Chunk, SimTime At)? first, last;
    private Duration? shortest;
    private SimTime? lastDropped;

    public StreamFacts()
    {
    }

    /// <summary>What somebody knows who has a recording of a real machine, which does not tell.</summary>
    /// <param name="slots">0 if that is not known.</param>
    public StreamFacts(long slots, Duration period) => (Slots, given) = (slots, period);

    /// <summary>Chunk and time of each overrun, in order.</summary>
    public IReadOnlyList<(long Chunk, SimTime At)> Overruns => overruns;

    /// <summary>As far as the trace tells.</summary>
    public ChunkFates Fates { get; private set; } = new();

    /// <summary>When the device left the bus; null if it did not.</summary>
    public SimTime? Removed { get; private set; }

    /// <summary>The longest that the card took to fill a slot, of those in which it destroyed something; zero if it destroyed nothing.</summary>
    public Duration Transfer { get; private set; }

    /// <summary>Slots of the DMA buffer; 0 if the trace does not tell.</summary>
    public long Slots { get; private set; }

    /// <summary>Events that the recorder left out.</summary>
    public long Omitted { get; private set; }

    /// <summary>
    /// Mean time from chunk to chunk, by their numbers: what was dropped, or left out of the trace, in between does not count. Zero if unknown.
    /// </summary>
    public Duration Period => first is { } a && last is { } b && b.Chunk > a.Chunk
        ? new Duration((b.At - a.At).Nanoseconds / (b.Chunk - a.Chunk)) : given;

    /// <summary>The shortest time from one chunk's arrival to the next one's; null if there is none.</summary>
    public Duration? ShortestGap => shortest;

    /// <summary>Whether the card dropped chunks that came much closer to each other than its source makes them on average.</summary>
    public bool CameAtOnce { get; private set; }

    /// <summary>How long the driver has for a chunk, from its writing to the next into the same slot; zero if it is not known.</summary>
    public Duration Slack => new(Slots * Period.Nanoseconds);

    /// <summary>
    /// How many slots of DMA buffer outlast a wait, from the chunk's arrival to the end of its copying: so many that the card does not begin to
    /// fill the chunk's slot again before. 0 if the period is not known.
    /// </summary>
    public long SlotsFor(Duration wait) => Period == Duration.Zero ? 0 : (wait + Transfer).Nanoseconds / Period.Nanoseconds + 1;

    public void Record(in TraceEvent e)
    {
        switch (e.Kind)
        {
            case TraceKind.Overrun:
                overruns.Add((e.A, e.Time));
                destroyed[e.B] = e.Time;
                Fates = Fates with { Overwritten = Fates.Overwritten + 1 };
                break;
            case TraceKind.ChunkRefused: Fates = Fates with { Refused = Fates.Refused + 1 }; break;
            case TraceKind.ChunkDropped:
                Fates = Dropped(e.B);
                CameAtOnce |= lastDropped is { } one && Period > Duration.Zero && (e.Time - one).Nanoseconds < Period.Nanoseconds / 4;
                lastDropped = e.Time;
                break;
            case TraceKind.SurpriseRemoval: Removed = e.Time; break;
            case TraceKind.DmaBufferGiven: Slots = e.A; break;
            case TraceKind.EventsOmitted:
                Omitted += e.A;
                lastDropped = null;
                destroyed.Clear();
                break;
            case TraceKind.ChunkArrived:
                if (last is { } before && (shortest is not { } gap || e.Time - before.At < gap)) shortest = e.Time - before.At;
                last = (e.A, e.Time);
                first ??= last;
                if (destroyed.Remove(e.B, out var begun) && e.Time - begun > Transfer) Transfer = e.Time - begun;
                break;
        }
    }

    // The reason as the card has it: TraceKind.ChunkDropped.
    private ChunkFates Dropped(long reason) => reason switch
    {
        1 => Fates with { DroppedFull = Fates.DroppedFull + 1 },
        2 => Fates with { DroppedInFifo = Fates.DroppedInFifo + 1 },
        _ => Fates with { DroppedStopped = Fates.DroppedStopped + 1 },
    };
}
