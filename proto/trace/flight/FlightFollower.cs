using Pcie.Time;

namespace Pcie.Trace.Flight;

/// <summary>
/// Keeps of one side's events those that lie in the windows of the other side's <see cref="FlightRecorder"/>, for the same picture.
/// </summary>
/// <remarks>For sides that run in one thread. A side may lag, so a window is cut when an event after it has come, or at the end.</remarks>
public sealed class FlightFollower : ITraceSink
{
    private readonly TraceEvent[] ring;
    private readonly Queue<(SimTime From, SimTime To)> due = new();
    private readonly TraceRecording recording = new();
    private readonly TraceSide side;
    private readonly IReadOnlyList<TraceSource> sources;
    private long count, next;

    public FlightFollower(FlightRecorder leader, TraceSide side, IReadOnlyList<TraceSource> sources, int ringLength = 1 << 14)
    {
        (this.side, this.sources, ring) = (side, sources, new TraceEvent[ringLength]);
        leader.Kept += (from, to) => due.Enqueue((from, to));
    }

    public void Record(in TraceEvent e)
    {
        while (due.TryPeek(out var window) && window.To < e.Time) Cut(due.Dequeue());
        ring[count++ & (ring.Length - 1)] = e;
    }

    /// <summary>What was kept, in order.</summary>
    public TraceRecording ToRecording()
    {
        while (due.TryDequeue(out var window)) Cut(window);
        recording.NameSources(side, sources);
        return recording;
    }

    // Windows overlap, and come in the order of their ends: what is written already is not written again.
    private void Cut((SimTime From, SimTime To) window)
    {
        var first = count;
        while (first > Math.Max(next, count - ring.Length) && At(first - 1).Time >= window.From) first--;
        for (; first < count && At(first).Time <= window.To; first++) recording.Record(At(first));
        next = Math.Max(next, first);
    }

    private ref readonly TraceEvent At(long index) => ref ring[index & (ring.Length - 1)];
}
