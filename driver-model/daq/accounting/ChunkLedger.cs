using Pcie.Daq;
using Pcie.DriverModel.Statistics;
using Pcie.Pci.Memory;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Daq.Accounting;

/// <summary>
/// Watches the DMA buffer from outside and knows what became of each chunk that reached it: copied, or destroyed before it was.
/// Neither card nor driver can know: the card not what has been copied when it writes, the driver not what was there before it
/// looked.
/// </summary>
public sealed class ChunkLedger : IMemoryObserver
{
    /// <summary>Overruns described one by one; beyond that they are only counted.</summary>
    public const int MaxDescribed = 10_000;

    private readonly HostBuffer buffer;
    private readonly Timeline timeline;
    private readonly Tracer tracer;
    private readonly uint source;
    private readonly int slotSize;
    private readonly Slot[] slots;
    private readonly List<OverrunRecord> overruns = [];
    private int undescribedLatencies;
    private int copying = -1;
    private bool torn;
    private long copyingSequence;
    private SimTime firstArrival, lastArrival;

    public ChunkLedger(HostBuffer buffer, int slotSize, int slots, Timeline timeline, Tracer tracer)
    {
        (this.buffer, this.slotSize, this.timeline, this.tracer) = (buffer, slotSize, timeline, tracer);
        this.slots = new Slot[slots];
        source = tracer.AddSource("DMA buffer");
        buffer.Observer = this;
    }

    /// <summary>Chunks that arrived whole.</summary>
    public long Arrived { get; private set; }

    /// <summary>Chunks that the driver copied and kept, whole or not.</summary>
    public long Copied { get; private set; }

    /// <summary>Chunks that arrived and were destroyed before they had been copied.</summary>
    public long Overwritten { get; private set; }

    /// <summary>Chunks that were destroyed while being copied and kept nevertheless: their copies are corrupt.</summary>
    public long TornCopies { get; private set; }

    /// <summary>Chunks that lay in the buffer uncopied when the driver gave it up to start the card anew.</summary>
    public long Abandoned { get; private set; }

    /// <summary>Chunks that lie in the buffer uncopied.</summary>
    public int Waiting => slots.Count(s => s.Full) + (copying >= 0 && torn ? 1 : 0);

    /// <summary>From one arrival to the next, over all of them; zero before the second.</summary>
    public Duration MeanInterval => Arrived < 2 ? Duration.Zero : new((lastArrival - firstArrival).Nanoseconds / (Arrived - 1));

    /// <summary>From a chunk's arrival to the end of its copying.</summary>
    public LatencyHistogram ArrivalToCopy { get; } = new();

    /// <summary>The first <see cref="MaxDescribed"/> overruns.</summary>
    public IReadOnlyList<OverrunRecord> Overruns => overruns;

    /// <summary>What is in a slot: whether it is uncopied or being copied, and the last chunk that arrived there.</summary>
    public (bool IsFull, bool IsBeingCopied, long Sequence) StateOf(int slot) => (slots[slot].Full, slot == copying, slots[slot].Sequence);

    /// <inheritdoc/>
    public void Written(int offset, int length)
    {
        for (var index = offset / slotSize; index <= (offset + length - 1) / slotSize && index < slots.Length; index++)
        {
            var valid = ChunkHeader.TryRead(buffer.Span.Slice(index * slotSize, ChunkHeader.Size), out var header);
            Destroy(index);
            // A part of a longer write, which the link may have brought in several, says nothing of the header before it.
            if (!valid || offset >= index * slotSize + ChunkHeader.Size) continue;
            if (Arrived++ == 0) firstArrival = timeline.Now;
            lastArrival = timeline.Now;
            slots[index] = new Slot(true, (long)header.Sequence, timeline.Now);
            tracer.Record(TraceKind.ChunkArrived, source, (long)header.Sequence, index);
        }
    }

    /// <summary>
    /// A DPC that looks at the data has begun, so long after its ISR: what was overrun before was overrun while waiting for it.
    /// </summary>
    public void DpcBegan(Duration isrToDpc)
    {
        for (; undescribedLatencies > 0; undescribedLatencies--)
            overruns[^undescribedLatencies] = overruns[^undescribedLatencies] with { IsrToDpc = isrToDpc };
    }

    /// <summary>The driver begins to copy the chunk of a slot.</summary>
    public void CopyBegan(int slot)
    {
        copying = slot;
        torn = false;
        copyingSequence = slots[slot].Sequence;
    }

    /// <summary>The driver has finished with it.</summary>
    /// <param name="kept">Whether it kept the copy; it should not, if the chunk was destroyed meanwhile.</param>
    /// <param name="isrToDpc">The delay of the DPC that copied.</param>
    public void CopyEnded(bool kept, Duration isrToDpc)
    {
        if (!torn)
        {
            ArrivalToCopy.Record(timeline.Now - slots[copying].ArrivedAt);
            slots[copying].Full = false;
            Copied++;
        }
        else if (kept)
        {
            TornCopies++;
            Copied++;
        }
        else
        {
            Overrun(copyingSequence, copying);
            DpcBegan(isrToDpc);
        }
        copying = -1;
    }

    /// <summary>The driver clears the buffer: what lies there is not copied any more. Nothing is being copied.</summary>
    public void Abandon()
    {
        Abandoned += Waiting;
        for (var i = 0; i < slots.Length; i++) slots[i].Full = false;
        copying = -1;
    }

    private void Destroy(int index)
    {
        ref var slot = ref slots[index];
        if (!slot.Full) return;
        slot.Full = false;
        if (index == copying && !torn) torn = true;
        else Overrun(slot.Sequence, index);
    }

    private void Overrun(long sequence, int slot)
    {
        Overwritten++;
        tracer.Record(TraceKind.Overrun, source, sequence, slot);
        if (overruns.Count == MaxDescribed) return;
        overruns.Add(new OverrunRecord(sequence, timeline.Now, null));
        undescribedLatencies++;
    }

    private record struct Slot(bool Full, long Sequence, SimTime ArrivedAt);
}
