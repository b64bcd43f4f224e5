using System.Runtime.CompilerServices;
using Pcie.Time;

namespace Pcie.Trace;

/// <summary>
/// The last events of one side, and, derived from this, whoever keeps some of them. All events pass through; only those that can begin or end what is
/// worth keeping are processed.
/// </summary>
/// <remarks>
/// Recording allocates nothing. Where the kind is known when it is compiled, most events cost one store of 32 bytes.
/// </remarks>
public abstract class TraceRing
{
    private readonly TraceEvent[] events;

    // A bit for each of the first 64 sources whose DPCs are not to be processed.
    private ulong passedOver;

    /// <param name="length">Of the ring, in events; a power of two.</param>
    protected TraceRing(int length)
    {
        if (!int.IsPow2(length)) throw new ArgumentException($"A ring of {length} events; expected a power of two.", nameof(length));
        events = new TraceEvent[length];
    }

    /// <summary>Events that passed through.</summary>
    public long Count { get; private set; }

    /// <summary>How many of the last events are here.</summary>
    protected int Length => events.Length;

    /// <summary>The number of the oldest event that has not been written over.</summary>
    protected long Oldest => Math.Max(0, Count - events.Length);

    /// <summary>The number of an event to be processed whatever it is; -1 for none.</summary>
    protected long WakeAt { get; set; } = -1;

    /// <summary>An event by its number, from 0. It must not have been written over.</summary>
    protected ref readonly TraceEvent this[long number] => ref events[(int)number & (events.Length - 1)];

    /// <summary>Puts the next event into the ring.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Record(SimTime time, TraceKind kind, byte processor, TraceSide side, uint source, long a, long b)
    {
        var number = Count++;
        events[(int)number & (events.Length - 1)] = new TraceEvent(time, kind, processor, side, source, a, b);
        var isProcessed = kind is TraceKind.DpcQueued or TraceKind.DpcBegin or TraceKind.DpcEnd or TraceKind.DpcRemoved
            ? !IsPassedOver(source) : kind >= TraceKind.ChunkArrived;
        if (isProcessed || number == WakeAt) Process(number);
    }

    /// <summary>
    /// The places of the next events, which are there once they are written and <see cref="Passed"/>; none if one of them may have to be processed,
    /// or the ring ends between them.
    /// </summary>
    /// <param name="dpc">The source of those of a DPC among them. The others are of kinds that nobody processes.</param>
    public Span<TraceEvent> PlacesOf(int several, uint dpc)
    {
        var first = (int)Count & (events.Length - 1);
        var isPlain = IsPassedOver(dpc) && first + several <= events.Length && (WakeAt < 0 || WakeAt >= Count + several);
        return isPlain ? events.AsSpan(first, several) : default;
    }

    /// <summary>So many have been written.</summary>
    public void Passed(int several) => Count += several;

    /// <summary>An event of a DPC, of data or of the device has come, or that of <see cref="WakeAt"/>.</summary>
    protected abstract void Process(long number);

    /// <summary>DPCs of this source are not processed from now on. Nearly all are other drivers'.</summary>
    protected void PassOver(uint source)
    {
        if (source < 64) passedOver |= 1UL << (int)source;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsPassedOver(uint source) => source < 64 && (passedOver >> (int)source & 1) != 0;
}
