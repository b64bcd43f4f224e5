namespace Pcie.Trace;

/// <summary>
/// The events of a run, kept in memory, with their sources. One side records into it; <see cref="Merge"/> joins both.
/// </summary>
/// <remarks>Recording allocates one block for every <see cref="BlockLength"/> events and never moves what it has.</remarks>
public sealed class TraceRecording : ITraceSink, ITraceContent
{
    /// <summary>Events in a block: 64 KiB, which stays out of the large object heap.</summary>
    public const int BlockLength = 2048;

    private readonly List<TraceEvent[]> blocks = [];
    private readonly IReadOnlyList<TraceSource>[] sources = [[], []];
    private TraceEvent[] block = [];
    private int used;

    /// <summary>Events recorded.</summary>
    public long Count => blocks.Count == 0 ? 0 : (blocks.Count - 1L) * BlockLength + used;

    /// <summary>The events in order, a block at a time. Every block but the last holds <see cref="BlockLength"/>.</summary>
    public IEnumerable<ReadOnlyMemory<TraceEvent>> Blocks
    {
        get
        {
            for (var i = 0; i < blocks.Count; i++)
                yield return blocks[i].AsMemory(0, i == blocks.Count - 1 ? used : BlockLength);
        }
    }

    /// <summary>The event of that number, from 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public ref readonly TraceEvent this[long index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            return ref blocks[(int)(index / BlockLength)][index % BlockLength];
        }
    }

    /// <summary>A side's sources, by number.</summary>
    public IReadOnlyList<TraceSource> Sources(TraceSide side) => sources[(int)side];

    /// <summary>Names a side's sources: <see cref="Tracer.Sources"/> of its tracer. The list is kept, not copied, and may still grow.</summary>
    public void NameSources(TraceSide side, IReadOnlyList<TraceSource> named) => sources[(int)side] = named;

    public void Record(in TraceEvent e)
    {
        if (used == block.Length)
        {
            // Neither cleared nor ever moved: whichever the collector did would cost more than the writing.
            block = GC.AllocateUninitializedArray<TraceEvent>(BlockLength, pinned: true);
            blocks.Add(block);
            used = 0;
        }
        // Member by member: as a whole it would be read wider than it has just been written, and wait for that.
        block[used++] = new TraceEvent(e.Time, e.What, e.A, e.B);
    }

    /// <summary>
    /// Both sides' events in one recording, by time; at equal times the device's come first. Each side's own order is kept.
    /// </summary>
    public static TraceRecording Merge(TraceRecording host, TraceRecording device)
    {
        var merged = new TraceRecording();
        merged.NameSources(TraceSide.Host, host.Sources(TraceSide.Host));
        merged.NameSources(TraceSide.Device, device.Sources(TraceSide.Device));
        var (h, d) = (0L, 0L);
        while (h < host.Count || d < device.Count)
        {
            var deviceIsNext = h == host.Count || (d < device.Count && device[d].Time <= host[h].Time);
            merged.Record(deviceIsNext ? device[d++] : host[h++]);
        }
        return merged;
    }
}
