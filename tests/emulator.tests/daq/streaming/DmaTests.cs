using Pcie.Daq;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Daq.Interrupts;
using Pcie.Emulator.Daq.Streaming;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emulator.Tests.Daq.Streaming;

/// <summary>
/// Streaming into slots of host memory (docs/registers.md: DMA_CONTROL, DMA_HEAD, DMA_TAIL, STATUS_BASE, SOURCE_CONTROL). What is written first is
/// seen first: PCI Express Base Specification 2.4.1, posted writes do not pass each other.
/// </summary>
public sealed class DmaTests : IDisposable
{
    private readonly DaqHost card = new();

    public void Dispose() => card.Dispose();

    [Theory]
    [InlineData(DmaMode.OneBuffer, 1)]
    [InlineData(DmaMode.PingPong, 2)]
    [InlineData(DmaMode.Ring, 5)]
    public void ChunksGoRoundTheSlotsOfTheMode(DmaMode mode, int slots)
    {
        card.StartDma(mode, slots: 5);
        card.StartSource();
        card.RunPeriods(12);
        for (var slot = 0; slot < slots; slot++)
            Assert.Equal((ulong)((11 - slot) / slots * slots + slot), card.Slot(slot)!.Value.Sequence);
        Assert.Null(card.Slot(slots));
        Assert.Equal(12u, card.Read("DMA_HEAD"));
    }

    // 12 chunks, nothing consumed.
    [Theory]
    [InlineData(DmaMode.OneBuffer, WhenFull.Overwrite, 12u, 11u, 0u)]
    [InlineData(DmaMode.PingPong, WhenFull.Overwrite, 12u, 10u, 0u)]
    [InlineData(DmaMode.Ring, WhenFull.Overwrite, 12u, 7u, 0u)]
    [InlineData(DmaMode.OneBuffer, WhenFull.Drop, 1u, 0u, 11u)]
    [InlineData(DmaMode.PingPong, WhenFull.Drop, 2u, 0u, 10u)]
    [InlineData(DmaMode.Ring, WhenFull.Drop, 5u, 0u, 7u)]
    public void WhenNothingIsConsumedTheModeSaysWhatIsLost(
        DmaMode mode, WhenFull whenFull, ulong written, ulong overwritten, ulong dropped)
    {
        card.StartDma(mode, whenFull, slots: 5);
        card.StartSource();
        card.RunPeriods(12);
        Assert.Equal(new ChunkCounters(12, written, overwritten, dropped), card.Card.Chunks);
        Assert.Equal(1u << (int)Cause.Overrun, card.Read("INT_CAUSE") & 1u << (int)Cause.Overrun);
        Assert.Equal(written, card.Host.Read64(DaqHost.OffsetOf("CHUNKS_WRITTEN_LO")));
        Assert.Equal(overwritten, card.Host.Read64(DaqHost.OffsetOf("CHUNKS_OVERWRITTEN_LO")));
        Assert.Equal(dropped, card.Host.Read64(DaqHost.OffsetOf("CHUNKS_DROPPED_LO")));
    }

    [Fact]
    public void OverwritingNamesTheOldestChunkAndTheNewOne()
    {
        card.StartDma(slots: 3);
        card.StartSource();
        card.RunPeriods(5);
        Assert.Equal([(0L, 3L), (1L, 4L)], card.Host.Traced(TraceKind.ChunkOverwritten).Select(e => (e.A, e.B)));
    }

    [Fact]
    public void DroppingLeavesAGapInTheSequence()
    {
        card.StartDma(whenFull: WhenFull.Drop, slots: 2);
        card.StartSource();
        card.RunPeriods(4);
        card.Write("DMA_TAIL", 2);
        card.RunPeriods(1);
        Assert.Equal(4ul, card.Slot(0)!.Value.Sequence);
        Assert.Equal([(2L, (long)DropReason.Full), (3L, (long)DropReason.Full)],
            card.Host.Traced(TraceKind.ChunkDropped).Select(e => (e.A, e.B)));
    }

    [Fact]
    public void ADriverThatKeepsUpLosesNothing()
    {
        card.StartDma(DmaMode.PingPong);
        card.StartSource();
        for (var i = 0; i < 20; i++)
        {
            card.RunPeriods(1);
            card.Write("DMA_TAIL", card.Read("DMA_HEAD"));
        }
        Assert.Equal(new ChunkCounters(20, 20, 0, 0), card.Card.Chunks);
    }

    [Theory]
    [InlineData(4u)]
    [InlineData(1u)]
    [InlineData(uint.MaxValue)]
    public void ATailBeyondTheHeadOrBackwardsIsRefused(uint tail)
    {
        card.StartDma();
        card.StartSource();
        card.RunPeriods(3);
        card.Write("DMA_TAIL", 2);
        card.Write("DMA_TAIL", tail);
        Assert.Equal(2u, card.Read("DMA_TAIL"));
        Assert.NotEqual(0u, card.Read("INT_CAUSE") & 1u << (int)Cause.DmaError);
        Assert.Contains(new("dma.tails-refused", 1), card.Card.Statistics);
    }

    [Fact]
    public void HeaderTellsSequenceLengthTimeAndChecksumOfThePayload()
    {
        card.StartDma();
        card.StartSource();
        var started = card.Host.Timeline.Now;
        card.RunPeriods(3);
        for (var slot = 0; slot < 3; slot++)
        {
            var header = card.Slot(slot)!.Value;
            var payload = card.Payload(slot, 64);
            Assert.Equal(
                new ChunkHeader((ulong)slot, 64, started + DaqHost.Period * (slot + 1), ChunkHeader.ChecksumOf(payload), false),
                header);
            for (var i = 0; i < 8; i++) Assert.Equal((ulong)(slot * 8 + i), BitConverter.ToUInt64(payload, i * 8));
        }
    }

    [Fact]
    public void WhileATransferRunsItsSlotIsInvalid()
    {
        using var slow = new DaqHost(DaqHost.Small with { DmaBandwidth = 1_000_000 });
        slow.StartDma(DmaMode.OneBuffer);
        slow.StartSource();
        slow.Host.RunUntil(new SimTime(DaqHost.Period.Nanoseconds * 2 - 1));
        Assert.Equal(0ul, slow.Slot(0)!.Value.Sequence);
        slow.Host.RunFor(new Duration(2));
        Assert.Null(slow.Slot(0));
        Assert.Equal(8ul, BitConverter.ToUInt64(slow.Payload(0, 8)));
        Assert.Equal(DmaStatus.Busy | DmaStatus.SourceRunning, slow.Read("DMA_STATUS"));
    }

    [Fact]
    public void ATransferTakesTheTimeThatItsBytesTake()
    {
        using var slow = new DaqHost(DaqHost.Small with { DmaBandwidth = 7_000_000 });
        slow.StartDma();
        slow.StartSource();
        slow.RunPeriods(1);
        var started = Assert.Single(slow.Host.Traced(TraceKind.ChunkStarted)).Time;
        var ended = Assert.Single(slow.Host.Traced(TraceKind.ChunkWritten)).Time;
        Assert.Equal(new Duration(13_715), ended - started);
    }

    [Fact]
    public void DataGoBeforeHeaderBeforeStatusBlockBeforeMessage()
    {
        card.EnableStatusBlock();
        card.EnableCauses(Cause.DataReady);
        card.StartDma();
        card.StartSource();
        card.RunPeriods(1);
        Assert.Equal(
            [(DaqHost.RingBase, 96), (DaqHost.RingBase, 32), (DaqHost.StatusBase, StatusBlock.Size), (FakeHost.MsiAddress, 4)],
            card.Host.Sent.Select(s => (s.Tlp.Address, s.Tlp.Length)));
        var block = StatusBlock.Read(card.Host.Sent[2].Payload);
        Assert.Equal(new StatusBlock(Head: 1, LastSequence: 0, Update: 1, Causes: 1), block);
    }

    [Fact]
    public void AStatusBlockGoesBeforeEveryMessageAndTellsItsCause()
    {
        card.EnableStatusBlock();
        card.EnableCauses(Cause.DataReady, Cause.Overrun);
        card.StartDma(DmaMode.OneBuffer);
        card.StartSource();
        card.RunPeriods(3);
        var sent = card.Host.Sent;
        for (var i = 0; i < sent.Count; i++)
            if (sent[i].Tlp.Address == FakeHost.MsiAddress) Assert.Equal(DaqHost.StatusBase, sent[i - 1].Tlp.Address);
        Assert.Contains(sent, s => s.Tlp.Address == DaqHost.StatusBase
            && (StatusBlock.Read(s.Payload).Causes & 1u << (int)Cause.Overrun) != 0);
    }

    [Fact]
    public void HeaderOnlyWritesHeadersAndTakesTheTimeOfWholeChunks()
    {
        using var light = new DaqHost(DaqHost.Small with { HeaderOnly = true, DmaBandwidth = 1_000_000 });
        light.StartDma();
        light.StartSource();
        light.RunPeriods(2);
        Assert.All(light.Host.Sent, s => Assert.Equal(ChunkHeader.Size, s.Tlp.Length));
        Assert.Equal(new ChunkHeader(0, 64, new SimTime(100_000), 0, PayloadOmitted: true), light.Slot(0));
        Assert.Equal(new SimTime(196_000), Assert.Single(light.Host.Traced(TraceKind.ChunkWritten)).Time);
    }

    [Fact]
    public void AChunkThatIsReadyDuringATransferWaitsAndTheNextOneOverflows()
    {
        // A transfer lasts 3.4 periods: 0 runs, 1 waits, 2 and 3 overflow; then 1 runs, 4 waits, …
        using var slow = new DaqHost(DaqHost.Small with { DmaBandwidth = 96 * 1_000_000_000L / 340_000 });
        slow.EnableCauses(Cause.FifoOverflow);
        slow.StartDma();
        slow.StartSource();
        slow.RunPeriods(3);
        Assert.Equal(DmaStatus.Busy | DmaStatus.Holding | DmaStatus.SourceRunning, slow.Read("DMA_STATUS"));
        Assert.Equal(2ul, slow.Card.ChunksInCard);
        slow.RunPeriods(5);
        Assert.Equal([0L, 1L], slow.Host.Traced(TraceKind.ChunkWritten).Select(e => e.A));
        Assert.Equal([2L, 3L, 5L, 6L], slow.Host.Traced(TraceKind.ChunkDropped).Select(e => e.A));
        Assert.All(slow.Host.Traced(TraceKind.ChunkDropped), e => Assert.Equal((long)DropReason.FifoOverflow, e.B));
        Assert.Equal(4, slow.Vectors.Count);
    }

    // PCI Express Base Specification 7.5.1.1.3.
    [Fact]
    public void WithoutBusMasterEnableChunksAreDroppedAtEitherEndOfTheTransfer()
    {
        using var slow = new DaqHost(DaqHost.Small with { DmaBandwidth = 2_000_000 });
        slow.StartDma(DmaMode.OneBuffer);
        slow.StartSource();
        // A transfer takes 48 µs, so mid-period is just after its end: stop inside.
        slow.Host.RunUntil(new SimTime(110_000));
        slow.Host.BusMaster(false);
        slow.Host.RunUntil(new SimTime(210_000));
        slow.Host.BusMaster(true);
        slow.Host.RunUntil(new SimTime(390_000));
        Assert.Equal([(0L, 3L), (1L, 3L)], slow.Host.Traced(TraceKind.ChunkDropped).Select(e => (e.A, e.B)));
        Assert.Equal(new ChunkCounters(3, 1, 0, 2), slow.Card.Chunks);
        Assert.NotEqual(0u, slow.Read("INT_CAUSE") & 1u << (int)Cause.DmaError);
    }

    [Fact]
    public void DisablingTheDmaDropsWhatIsUnderWayAndEnablingBeginsAnew()
    {
        using var slow = new DaqHost(DaqHost.Small with { DmaBandwidth = 500_000 });
        slow.StartDma();
        slow.StartSource();
        slow.RunPeriods(4);
        slow.Write("DMA_CONTROL", 0);
        Assert.Equal(0ul, slow.Card.ChunksInCard);
        slow.RunPeriods(1);
        var lost = slow.Card.Chunks.Dropped;
        slow.StartDma();
        Assert.Equal(0u, slow.Read("DMA_HEAD"));
        slow.RunPeriods(3);
        Assert.Equal(5ul, slow.Slot(0)!.Value.Sequence);
        Assert.True(slow.Card.Chunks.Dropped > 0 && lost >= 3);
    }

    [Theory]
    [InlineData("DMA_SLOT_SIZE", 92u)]
    [InlineData("DMA_SLOT_COUNT", 0u)]
    [InlineData("DMA_SLOT_COUNT", 65u)]
    public void AnImpossibleSetUpIsNotEnabledAndIsADmaError(string register, uint value)
    {
        card.StartDma();
        card.Write("DMA_CONTROL", 0);
        card.Write(register, value);
        card.Write("DMA_CONTROL", 1 | (uint)DmaMode.Ring << 1);
        Assert.Equal(0u, card.Read("DMA_CONTROL") & 1);
        Assert.Equal(1u << (int)Cause.DmaError, card.Read("INT_CAUSE"));
        card.StartSource();
        card.RunPeriods(2);
        Assert.Empty(card.Host.Sent);
    }

    [Fact]
    public void AStoppedSourceIsSilentAndGoesOnWhereItStopped()
    {
        card.StartDma();
        card.StartSource();
        card.RunPeriods(3);
        card.StopSource();
        card.RunPeriods(10);
        Assert.Equal(3ul, card.Card.Chunks.Produced);
        card.StartSource();
        card.RunPeriods(2);
        Assert.Equal(3ul, card.Slot(3)!.Value.Sequence);
    }

    [Fact]
    public void NoMoreThanTwoEventsAreSpentOnAChunk()
    {
        card.StartDma();
        card.StartSource();
        card.RunPeriods(50);
        Assert.Equal(100, card.Host.Timeline.EventsRun);
    }

    // PCI Express Base Specification 6.6.1.
    [Fact]
    public void ResetReturnsToPowerOnStateAndStatisticsStay()
    {
        card.StartDma(slots: 4);
        card.EnableCauses(Cause.DataReady);
        card.StartSource();
        card.RunPeriods(6);
        card.Host.Function.Reset();
        Assert.Equal(6ul, card.Card.Chunks.Written);
        Assert.False(card.Host.Timeline.NextDue < SimTime.Never);
        card.Host.Enable();
        Assert.All(card.Card.Registers.Registers, r => Assert.Equal(r.ResetValue, r.Peek()));
        card.Host.EnableMsi();
        card.StartDma();
        card.StartSource();
        card.RunPeriods(2);
        Assert.Equal((0ul, 64), (card.Slot(0)!.Value.Sequence, card.Slot(0)!.Value.Length));
        Assert.Equal(0ul, BitConverter.ToUInt64(card.Payload(0, 8)));
        Assert.Equal(1ul, card.Host.Read64(DaqHost.OffsetOf("CHUNKS_WRITTEN_LO")));
    }
}
