using CsCheck;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Daq.Streaming;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emulator.Tests.Daq.Streaming;

/// <summary>
/// Every chunk ends in exactly one counter (docs/registers.md: CHUNKS_PRODUCED and those after it), whatever the driver does and however slow the bus
/// is.
/// </summary>
public sealed class ChunkAccountingTests
{
    [Fact]
    public void EveryChunkIsWrittenOrDroppedOrInTheCard() =>
        Gen.Select(
            Gen.Int[0, 2], Gen.Select(Gen.Enum<WhenFull>(), Gen.Int[1, 5]), Gen.UInt[1, 6], Gen.Long[200_000, 5_000_000],
            Gen.Select(Gen.Int[0, 5], Gen.Int[1, 400]).Array[1, 40])
            .Sample(
                (mode, full, slots, bandwidth, steps) =>
                {
                    using var card = new DaqHost(DaqHost.Small with { DmaBandwidth = bandwidth, FifoChunks = full.Item2 });
                    card.StartDma((DmaMode)mode, full.Item1, slots);
                    card.StartSource();
                    foreach (var (action, microseconds) in steps)
                    {
                        switch (action)
                        {
                            case 0: card.Host.BusMaster(false); break;
                            case 1: card.Write("DMA_TAIL", card.Read("DMA_HEAD")); break;
                            case 2: card.Write("DMA_TAIL", card.Read("DMA_TAIL") + 1); break;
                            case 3: card.StartDma((DmaMode)mode, full.Item1, slots); break;
                            case 4: card.Write("DMA_CONTROL", 0); break;
                            default: card.Host.BusMaster(true); break;
                        }
                        card.Host.RunFor(Duration.FromMicroseconds(microseconds));
                        Check(card);
                    }
                },
                iter: 200, threads: 1);

    private static void Check(DaqHost card)
    {
        var chunks = card.Card.Chunks;
        var written = card.Host.Traced(TraceKind.ChunkWritten).Select(e => e.A).ToList();
        var dropped = card.Host.Traced(TraceKind.ChunkDropped).Select(e => e.A).ToList();
        var overwritten = card.Host.Traced(TraceKind.ChunkOverwritten).Select(e => e.A).ToList();
        Assert.Equal((ulong)written.Count, chunks.Written);
        Assert.Equal((ulong)dropped.Count, chunks.Dropped);
        Assert.Equal((ulong)overwritten.Count, chunks.Overwritten);
        Assert.Equal(chunks.Produced, chunks.Written + chunks.Dropped + card.Card.ChunksInCard);
        Assert.InRange(card.Card.ChunksInCard, 0ul, 1ul + (ulong)card.Options.FifoChunks);
        // No chunk ends twice; what was overwritten had been written.
        Assert.Distinct(written.Concat(dropped));
        Assert.Distinct(overwritten);
        Assert.Subset(written.ToHashSet(), overwritten.ToHashSet());
        Assert.True(written.Concat(dropped).DefaultIfEmpty(-1).Max() < (long)chunks.Produced);
    }
}
