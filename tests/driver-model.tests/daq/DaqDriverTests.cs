using Pcie.Daq;
using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Daq;
using Pcie.DriverModel.Framework;
using Pcie.DriverModel.Tests.Fixtures;
using Pcie.Pci;
using Pcie.Pci.Messages;
using Pcie.Time;

namespace Pcie.DriverModel.Tests.Daq;

public sealed class DaqDriverTests
{
    [Fact]
    public void TheCardIsSetUpBeforeItMayInterruptAndRunsLast()
    {
        var card = new FakeCard(new DaqDriverOptions { RearmPolicy = RearmPolicy.AutoMaskLossy, RingSlots = 8 });
        Assert.True(card.Wdf.IsStarted);
        Assert.Equal((DaqRegister.IntEnable, 0u), card.Written[0]);
        Assert.Equal((DaqRegister.SourceControl, DaqRegister.SourceRun), card.Written[^1]);
        Assert.Equal((8u, 3u, 0u), (card[DaqRegister.DmaSlotCount], card[DaqRegister.IntPolicy], card[DaqRegister.IntRouting]));
        // A slot holds header and payload and begins on a cache line.
        Assert.Equal(128u, card[DaqRegister.DmaSlotSize]);
        Assert.Equal(DaqRegister.DmaEnable | 2u << DaqRegister.DmaModeShift, card[DaqRegister.DmaControl]);
        Assert.True(card.Written.IndexOf((DaqRegister.IntEnable, (uint)Causes.All))
            > card.Written.FindIndex(w => w.Register == DaqRegister.DmaControl));
    }

    [Theory]
    [InlineData(WhenFull.Overwrite, 0u)]
    [InlineData(WhenFull.Drop, 1u)]
    [InlineData(WhenFull.HoldBack, 2u)]
    public void TheCardIsToldWhatToDoWhenEverySlotIsUnread(WhenFull whenFull, uint value)
    {
        var card = new FakeCard(new DaqDriverOptions { WhenFull = whenFull });
        Assert.Equal(value, card[DaqRegister.DmaControl] >> DaqRegister.DmaWhenFullShift);
    }

    // A slot of 128 bytes: header and 64 bytes of payload, in whole cache lines.
    [Theory]
    [InlineData(65_536, 1)]
    [InlineData(64, 2)]
    [InlineData(1, 2)]
    public void ScatterGatherGivesEverySlotToTheCardInDescriptorsThatGoRound(int descriptorBytes, int perSlot)
    {
        var card = new FakeCard(new DaqDriverOptions
        {
            Buffering = Buffering.ScatterGather, RingSlots = 3, DescriptorBytes = descriptorBytes,
        });
        var first = card[DaqRegister.DmaBaseLow] | (ulong)card[DaqRegister.DmaBaseHigh] << 32;
        var (at, described) = (first, new List<Descriptor>());
        do
        {
            Assert.True(card.Host.Root.Memory.TryRead(Tlp.Request(TlpKind.MemoryRead, at, Descriptor.Size), out var bytes));
            described.Add(Descriptor.Read(bytes));
            at = described[^1].Next;
        }
        while (at != first);
        Assert.Equal(3 * perSlot, described.Count);
        Assert.All(described, d => Assert.Equal(DescriptorFlags.Owned, d.Flags & DescriptorFlags.Owned));
        Assert.Equal(3, described.Count(d => (d.Flags & DescriptorFlags.Last) != 0));
        for (var i = 1; i < described.Count; i++) Assert.Equal(described[i - 1].Address + described[i - 1].Length, described[i].Address);
        Assert.Equal(3 * 128, described.Sum(d => d.Length));
        // Mode 3; what cannot be overwritten is held back.
        Assert.Equal(DaqRegister.DmaEnable | 3u << DaqRegister.DmaModeShift | 2u << DaqRegister.DmaWhenFullShift, card[DaqRegister.DmaControl]);
    }

    [Fact]
    public void ASlotOfMoreDescriptorsThanTheCardHoldsIsRefused()
    {
        var card = new FakeCard(new DaqDriverOptions { Buffering = Buffering.ScatterGather, DescriptorBytes = 64 },
            prepare: c => c[DaqRegister.ChunkSize] = 1024);
        Assert.StartsWith("A slot of 1088 bytes takes 17 descriptors of 64 bytes, the card holds 16", card.Wdf.StartFailure);
    }

    [Fact]
    public void ALongSeriesOfRestartsAddsNoTraceSourceNoInterruptAndNoBuffer()
    {
        var card = new FakeCard(new DaqDriverOptions { Buffering = Buffering.ScatterGather, RingSlots = 3 }, messages: 2);
        var (sources, memory) = (card.Host.Machine.Tracer.Sources.Count, card.Host.Root.Memory);
        var before = memory.Allocate(1).Address;
        for (var restart = 1; restart <= 100; restart++)
        {
            card.Wdf.SetFailed(DeviceFailedAction.AttemptRestart);
            card.Host.Machine.RunTo(card.Host.Machine.Timeline.Now.Nanoseconds + 20_000_000);
            Assert.Equal((restart, true), (card.Wdf.Restarts, card.Wdf.IsStarted));
        }
        Assert.Equal((sources, 2), (card.Host.Machine.Tracer.Sources.Count, card.Wdf.AllInterrupts.Count));
        // The next buffer lies right behind: a page, and an unmapped one.
        Assert.Equal(before + 2 * 4096, memory.Allocate(1).Address);
    }

    [Fact]
    public void ModerationIsAskedForDataReadysMessageAndOnlyIfWanted()
    {
        var plain = new FakeCard(new DaqDriverOptions());
        Assert.DoesNotContain(plain.Written, w => w.Register == DaqRegister.IntModeration);
        var moderated = new FakeCard(new DaqDriverOptions { ModerationCount = 4, ModerationTime = Duration.FromMicroseconds(250) });
        Assert.Contains((DaqRegister.IntModeration, 250u << 16 | 4), moderated.Written);
    }

    [Theory]
    [InlineData(DaqRegister.Id, 7u, "The device's ID register reads 0x00000007")]
    [InlineData(DaqRegister.MaxSlots, 15u, "[driver] ring-slots is 16, the card has 15 at most")]
    [InlineData(DaqRegister.ChunkSize, 0x7FFF_FFE0u, "16 slots of 2147483648 bytes are more than 2 GiB")]
    [InlineData(DaqRegister.ChunkSize, 0xFFFF_FFFFu, "16 slots of 4294967360 bytes are more than 2 GiB")]
    public void ACardThatTheDriverCannotUseIsRefused(uint register, uint value, string expected)
    {
        var card = new FakeCard(new DaqDriverOptions(), prepare: c => c[register] = value);
        Assert.False(card.Wdf.IsStarted);
        Assert.StartsWith(expected, card.Wdf.StartFailure);
    }

    [Fact]
    public void OneDpcCopiesAllThatIsThereAndRearms()
    {
        var card = new FakeCard(new DaqDriverOptions());
        for (var i = 0ul; i < 5; i++) card.WriteChunk(i);
        card.Written.Clear();
        card.Interrupt(Causes.DataReady);
        card.Settle();
        Assert.Equal((5, 0, 0), (card.Pipeline.Reader.Delivered, card.Pipeline.Reader.Corrupt, card.Pipeline.Reader.Missing));
        Assert.Equal(
            [
                (DaqRegister.IntCause, (uint)Causes.DataReady),
                .. Enumerable.Range(1, 5).Select(tail => (DaqRegister.DmaTail, (uint)tail)),
                (DaqRegister.IntRearm, 1u),
            ],
            card.Written);
        Assert.Equal((1, 1), (card.Wdf.Interrupts[0].Dpc.Runs, card.Wdf.IsrRegisterReads));
    }

    [Fact]
    public void ADriverThatCopiesOneChunkPerDpcFallsBehindCoalescedInterrupts()
    {
        var card = new FakeCard(new DaqDriverOptions { Drain = Drain.One });
        for (var i = 0ul; i < 5; i++) card.WriteChunk(i);
        card.Interrupt(Causes.DataReady);
        card.Settle();
        Assert.Equal((1u, 1, 4), (card.Tail, card.Pipeline.Reader.Delivered, card.Pipeline.Ledger.Waiting));
    }

    [Theory]
    [InlineData(LastLook.BeforeRearm, 1)]
    [InlineData(LastLook.AfterRearm, 2)]
    public void OnlyALookAfterTheRearmFindsWhatCameBetweenTheLastLookAndIt(LastLook lastLook, int delivered)
    {
        var card = new FakeCard(new DaqDriverOptions { LastLook = lastLook, DpcEpilogue = new Duration(50_000) });
        card.WriteChunk(0);
        card.Interrupt(Causes.DataReady);
        card.After(30_000, () => card.WriteChunk(1));
        card.Settle();
        Assert.Equal(delivered, card.Pipeline.Reader.Delivered);
    }

    [Theory]
    [InlineData(LastLook.AfterRearm, 1)]
    [InlineData(LastLook.AfterFlushedRearm, 2)]
    public void OnlyAReadBehindTheRearmFindsWhatCameWhileTheRearmWasOnItsWay(LastLook lastLook, int delivered)
    {
        var card = new FakeCard(new DaqDriverOptions { LastLook = lastLook });
        var keep = card.Host.Device.Writes;
        card.Host.Device.Writes = (address, value) =>
        {
            keep(address, value);
            if (card.Written[^1].Register == DaqRegister.IntRearm && card.Head == 1)
                card.After(FakeDevice.Latency.Nanoseconds / 2, () => card.WriteChunk(1));
        };
        card.WriteChunk(0);
        card.Interrupt(Causes.DataReady);
        card.Settle();
        Assert.Equal(delivered, card.Pipeline.Reader.Delivered);
    }

    [Fact]
    public void AGapWithinTheRingIsNoReasonToMove()
    {
        var card = new FakeCard(new DaqDriverOptions { RingSlots = 4 });
        foreach (var sequence in new[] { 0ul, 5ul, 6ul }) card.WriteChunk(sequence);
        card.Interrupt(Causes.DataReady);
        card.Settle();
        Assert.Equal((3, 4, 3u), (card.Pipeline.Reader.Delivered, card.Pipeline.Reader.Missing, card.Tail));
        Assert.Equal(0, card.Driver.Counters.Resynchronisations);
    }

    [Theory]
    [InlineData(Routing.Shared, 8, CauseSource.Register, 1)]
    [InlineData(Routing.Shared, 8, CauseSource.StatusBlock, 0)]
    [InlineData(Routing.PerCause, 8, CauseSource.Register, 0)]
    [InlineData(Routing.PerCause, 1, CauseSource.Register, 1)]
    [InlineData(Routing.PerCause, 2, CauseSource.Register, 1)]
    public void AnIsrReadsARegisterOnlyIfItsMessageMayMeanSeveralCauses(Routing routing, int messages, CauseSource causeSource,
        int reads)
    {
        var card = new FakeCard(new DaqDriverOptions { Routing = routing, CauseSource = causeSource }, messages: messages);
        card.WriteChunk(0);
        card.Interrupt(Causes.DataReady);
        card.Settle();
        Assert.Equal((1, reads), (card.Pipeline.Reader.Delivered, card.Wdf.IsrRegisterReads));
    }

    [Fact]
    public void AnErrorOnItsOwnMessageIsCountedAndRearmedAndCopiesNothing()
    {
        var card = new FakeCard(new DaqDriverOptions { Routing = Routing.PerCause }, messages: 8);
        card.WriteChunk(0);
        card.Written.Clear();
        card.Interrupt(Causes.Overrun, message: 1);
        card.Interrupt(Causes.DmaError, message: 2);
        card.Settle();
        Assert.Equal((1, 1, 0),
            (card.Driver.Counters.OverrunsReported, card.Driver.Counters.ErrorsReported, card.Pipeline.Reader.Delivered));
        Assert.Equal([1u << 1, 1u << 2],
            card.Written.Where(w => w.Register == DaqRegister.IntRearm).Select(w => w.Value).Order());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(8)]
    public void CausesOfMsixEntriesBeyondTheGrantAreAskedForOnMessageZeroAndRearmedTogether(int granted)
    {
        // Windows driver documentation, Dynamically Configuring MSI-X.
        var card = new FakeCard(new DaqDriverOptions { Routing = Routing.PerCause }, entries: 8,
            machine: new WdfDeviceOptions { Name = "card", Interrupts = MessageKind.MsiX },
            bus: new BusOptions { Grant = GrantRule.AsManyAsPossible, Messages = granted });
        Assert.Equal((8, granted), (card.Wdf.Resources.Vectors, card.Wdf.Interrupts.Count));
        for (var cause = 0; cause < 6; cause++)
        {
            card.Written.Clear();
            var reads = card.Wdf.IsrRegisterReads;
            var message = cause < granted ? cause : 0;
            var sharesMessageZero = message == 0 && granted < 6;
            card.Interrupt((Causes)(1u << cause), message: cause);
            card.Settle();
            Assert.Equal(sharesMessageZero ? 1 : 0, card.Wdf.IsrRegisterReads - reads);
            Assert.Contains((DaqRegister.IntCause, 1u << cause), card.Written);
            var beyond = Enumerable.Range(0, 6).Where(vector => vector == message || (message == 0 && vector >= granted));
            Assert.Equal(beyond.Aggregate(0u, (bits, vector) => bits | 1u << vector),
                Assert.Single(card.Written, w => w.Register == DaqRegister.IntRearm).Value);
        }
        Assert.Equal(0, card.Wdf.UnclaimedInterrupts);
    }

    [Fact]
    public void AMessageWithoutACauseIsDisclaimed()
    {
        var card = new FakeCard(new DaqDriverOptions());
        card.Interrupt(Causes.None);
        card.Settle();
        Assert.Equal((1, 0), (card.Wdf.UnclaimedInterrupts, card.Wdf.Interrupts[0].Dpc.Runs));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ACopyThatChangedUnderneathIsThrownAwayIfTheDriverLooksAgain(bool verifies)
    {
        // One buffer, and a copy that takes 64 µs.
        var card = new FakeCard(
            new DaqDriverOptions { Buffering = Buffering.Single, VerifyCopy = verifies, CopyBytesPerSecond = 1_000_000 });
        card.WriteChunk(0);
        card.Interrupt(Causes.DataReady);
        card.After(40_000, () => card.WriteChunk(1));
        card.Settle();
        var (driver, ledger, reader) = (card.Driver, card.Pipeline.Ledger, card.Pipeline.Reader);
        Assert.Equal(verifies ? 1 : 0, driver.Counters.TornCopiesDiscarded);
        Assert.Equal(verifies ? (1, 0, 1) : (0, 1, 0), ((int)ledger.Overwritten, (int)ledger.TornCopies, (int)reader.Missing));
        Assert.Equal(verifies ? 0 : 1, reader.Corrupt);
        Assert.Equal(ledger.Arrived, ledger.Copied + ledger.Overwritten + ledger.Waiting);
    }

    [Fact]
    public void ADriverThatWasOvertakenGoesOnWithTheOldestChunkThatIsLeft()
    {
        var card = new FakeCard(new DaqDriverOptions { RingSlots = 4 });
        for (var i = 0ul; i < 10; i++) card.WriteChunk(i);
        card.Interrupt(Causes.DataReady | Causes.Overrun);
        card.Settle();
        var (reader, ledger) = (card.Pipeline.Reader, card.Pipeline.Ledger);
        Assert.Equal((4, 6, 0, 0), (reader.Delivered, reader.Missing, reader.OutOfOrder, reader.Corrupt));
        Assert.Equal((6, 0, 10u), (ledger.Overwritten, ledger.Waiting, card.Tail));
        Assert.Equal((1, 1), (card.Driver.Counters.Resynchronisations, card.Driver.Counters.OverrunsReported));
    }

    [Fact]
    public void AFullCyclicBufferRefusesAndTheDmaSlotIsGivenBackNevertheless()
    {
        var card = new FakeCard(new DaqDriverOptions(), new() { CyclicBufferChunks = 2, BytesPerSecond = 1 });
        for (var i = 0ul; i < 6; i++) card.WriteChunk(i);
        card.Interrupt(Causes.DataReady);
        card.Settle();
        var buffer = card.Pipeline.CyclicBuffer;
        Assert.Equal((6u, 6), (card.Tail, card.Pipeline.Ledger.Copied));
        Assert.Equal(6, card.Pipeline.Reader.Delivered + buffer.Count + buffer.Refused);
        Assert.True(buffer.Refused >= 3);
    }

    [Fact]
    public void AReadThatFailsBecauseTheCardIsGoneStartsNoDpc()
    {
        var card = new FakeCard(new DaqDriverOptions());
        card.WriteChunk(0);
        card.Interrupt(Causes.DataReady);
        // In the middle of the ISR's read of INT_CAUSE.
        card.After(2_000, card.Host.LinkDown);
        card.Settle();
        Assert.Equal((1, 0), (card.Host.Root.Counters.FailedReads, card.Wdf.Interrupts[0].Dpc.Runs));
    }
}
