namespace Pcie.Trace;

/// <summary>Both sides' events in one order, by time; at equal times the device's come first. Each side's own order is kept.</summary>
/// <param name="device">Null if there is nothing of the device.</param>
public sealed class MergedTrace(TraceSpool host, TraceSpool? device) : ITraceContent
{
    /// <inheritdoc/>
    public long Count => host.Count + (device?.Count ?? 0);

    /// <inheritdoc/>
    public IReadOnlyList<TraceSource> Sources(TraceSide side) => side == TraceSide.Host ? host.Sources : device?.Sources ?? [];

    /// <inheritdoc/>
    public IEnumerable<ReadOnlyMemory<TraceEvent>> Blocks
    {
        get
        {
            var merged = new TraceEvent[TraceRecording.BlockLength];
            var used = 0;
            var (h, d) = (new Side(host.Read()), new Side(device?.Read() ?? []));
            while (!h.Ended || !d.Ended)
            {
                var deviceIsNext = h.Ended || (!d.Ended && d.Next.Time <= h.Next.Time);
                merged[used++] = (deviceIsNext ? d : h).Take();
                if (used < merged.Length) continue;
                yield return merged;
                used = 0;
            }
            if (used > 0) yield return merged.AsMemory(0, used);
        }
    }

    private sealed class Side
    {
        private readonly IEnumerator<ReadOnlyMemory<TraceEvent>> blocks;
        private int at;

        public Side(IEnumerable<ReadOnlyMemory<TraceEvent>> events)
        {
            blocks = events.GetEnumerator();
            Ended = !blocks.MoveNext();
        }

        public bool Ended { get; private set; }

        public TraceEvent Next => blocks.Current.Span[at];

        public TraceEvent Take()
        {
            var next = Next;
            if (++at < blocks.Current.Length) return next;
            at = 0;
            Ended = !blocks.MoveNext();
            return next;
        }
    }
}
