namespace Pcie.Emulator.Daq.Streaming;

/// <summary>What became of the chunks, as the card sees it: produced = written + dropped + in the card.</summary>
/// <param name="Produced">Chunks that the source produced.</param>
/// <param name="Written">Chunks whose header, and so all of them, went to host memory.</param>
/// <param name="Overwritten">Those of the written ones that were overwritten before the driver had consumed them.</param>
/// <param name="Dropped">Chunks that never reached host memory.</param>
public readonly record struct ChunkCounters(ulong Produced, ulong Written, ulong Overwritten, ulong Dropped);
