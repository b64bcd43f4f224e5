using Pcie.Emulator.Daq;
using Pcie.Emulator.Daq.Interrupts;
using Pcie.Emulator.Daq.Streaming;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emulator.Tests.Daq.Streaming;

/// <summary>The finite FIFO between source and DMA core (docs/registers.md: FIFO_CHUNKS, FIFO_LEVEL; DMA_CONTROL.WHEN_FULL: hold back).</summary>
public sealed class FifoTests : IDisposable
{
    private readonly DaqHost card = new(DaqHost.Small with { FifoChunks = 3 });

    public void Dispose() => card.Dispose();

    private IEnumerable<long> Written => card.Host.Traced(TraceKind.ChunkWritten).Select(e => e.A);

    private IEnumerable<(long, long)> Dropped => card.Host.Traced(TraceKind.ChunkDropped).Select(e => (e.A, e.B));

    [Fact]
    public void HeldBackChunksWaitInTheFifoAndComeInOrderWhenSlotsAreGivenBack()
    {
        card.StartDma(whenFull: WhenFull.HoldBack, slots: 2);
        card.StartSource();
        card.RunPeriods(5);
        Assert.Equal([0L, 1L], Written);
        Assert.Equal((3u, 3u), (card.Read("FIFO_LEVEL"), card.Read("FIFO_CHUNKS")));
        Assert.Equal(DmaStatus.Holding | DmaStatus.SourceRunning, card.Read("DMA_STATUS"));
        card.StopSource();
        card.Write("DMA_TAIL", 1);
        card.Host.RunFor(Duration.FromMicroseconds(10));
        Assert.Equal([0L, 1L, 2L], Written);
        card.Write("DMA_TAIL", 3);
        card.Host.RunFor(Duration.FromMicroseconds(10));
        Assert.Equal([0L, 1L, 2L, 3L, 4L], Written);
        Assert.Equal((0u, 0ul), (card.Read("FIFO_LEVEL"), card.Card.ChunksInCard));
        Assert.Equal(new ChunkCounters(5, 5, 0, 0), card.Card.Chunks);
        Assert.Equal(0u, card.Read("INT_CAUSE") & 1u << (int)Cause.Overrun);
    }

    [Fact]
    public void WhatFindsTheFifoFullIsDroppedAndRaisesFifoOverflow()
    {
        card.EnableCauses(Cause.FifoOverflow);
        card.StartDma(whenFull: WhenFull.HoldBack, slots: 2);
        card.StartSource();
        card.RunPeriods(7);
        Assert.Equal([(5L, (long)DropReason.FifoOverflow), (6L, (long)DropReason.FifoOverflow)], Dropped);
        Assert.Equal(2, card.Vectors.Count);
        Assert.Equal(3ul, card.Card.ChunksInCard);
        Assert.Contains(new("dma.fifo-high-water", 3), card.Card.Statistics);
    }

    // A transfer lasts 3.4 periods: 0 runs while 1 to 3 wait.
    [Fact]
    public void AFifoTakesABurstThatTheHoldingRegisterWouldNot()
    {
        using var slow = new DaqHost(DaqHost.Small with { FifoChunks = 3, DmaBandwidth = 96 * 1_000_000_000L / 340_000 });
        slow.StartDma();
        slow.StartSource();
        slow.RunPeriods(4);
        slow.StopSource();
        slow.RunPeriods(16);
        Assert.Equal(new ChunkCounters(4, 4, 0, 0), slow.Card.Chunks);
    }

    [Fact]
    public void DisablingDropsWhatIsHeldBackInOrder()
    {
        card.StartDma(whenFull: WhenFull.HoldBack, slots: 1);
        card.StartSource();
        card.RunPeriods(3);
        card.Write("DMA_CONTROL", 0);
        Assert.Equal([(1L, (long)DropReason.DmaDisabled), (2L, (long)DropReason.DmaDisabled)], Dropped);
        Assert.Equal(0ul, card.Card.ChunksInCard);
    }

    [Fact]
    public void AnUnknownWhenFullIsNotEnabledAndIsADmaError()
    {
        card.StartDma(whenFull: (WhenFull)3);
        Assert.Equal(0u, card.Read("DMA_CONTROL") & 1);
        Assert.Contains(new("dma.set-ups-refused", 1), card.Card.Statistics);
    }
}
