namespace Pcie.Trace;

/// <summary>Events of a run with their sources, wherever they are kept, to be written down.</summary>
public interface ITraceContent
{
    /// <summary>How many events there are.</summary>
    long Count { get; }

    /// <summary>The events in order, a block at a time. A block is good until the next one is asked for.</summary>
    IEnumerable<ReadOnlyMemory<TraceEvent>> Blocks { get; }

    /// <summary>A side's sources, by number.</summary>
    IReadOnlyList<TraceSource> Sources(TraceSide side);
}
