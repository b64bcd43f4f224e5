using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Diagnosis.Trace;

/// <summary>What our own trace says of the data: the chunks that were destroyed, and how fast chunks came.</summary>
/// <param name="Overruns">Chunk and time of each overrun, in order.</param>
/// <param name="Period">Mean time from chunk to chunk; zero with less than two.</param>
public sealed record StreamFacts(IReadOnlyList<(long Chunk, SimTime At)> Overruns, Duration Period)
{
    public static StreamFacts Of(TraceRecording recording)
    {
        var overruns = new List<(long, SimTime)>();
        var (first, last, written) = (SimTime.Never, SimTime.Zero, 0L);
        foreach (var block in recording.Blocks)
            foreach (ref readonly var e in block.Span)
            {
                if (e.Kind == TraceKind.Overrun) overruns.Add((e.A, e.Time));
                if (e.Kind != TraceKind.ChunkWritten) continue;
                if (written++ == 0) first = e.Time;
                last = e.Time;
            }
        return new StreamFacts(overruns, written < 2 ? Duration.Zero : new Duration((last - first).Nanoseconds / (written - 1)));
    }

    /// <summary>
    /// How many slots of DMA buffer outlast a wait: those that fill meanwhile and until the copy is made, and the one being written.
    /// 0 if the period is not known.
    /// </summary>
    public long SlotsFor(Duration delay, Duration copy) =>
        Period == Duration.Zero ? 0 : ((delay + copy).Nanoseconds + Period.Nanoseconds - 1) / Period.Nanoseconds + 1;
}
