namespace Pcie.Emulator.Daq;

/// <summary>What became of the chunks, as the card sees it: produced = written + dropped + in the card.</summary>
/// <param name="Produced">Chunks that the source produced.</param>
/// <param name="Written">Chunks whose header, and so all of them, went to host memory.</param>
/// <param name="Overwritten">Those of the written ones that were overwritten before the driver had consumed them.</param>
/// <param name="Dropped">Chunks that never reached host memory.</param>
public readonly record struct ChunkCounters(ulong Produced, ulong Written, ulong Overwritten, ulong Dropped)
{
    public static ChunkCounters operator -(ChunkCounters a, ChunkCounters b) =>
        new(a.Produced - b.Produced, a.Written - b.Written, a.Overwritten - b.Overwritten, a.Dropped - b.Dropped);
}
