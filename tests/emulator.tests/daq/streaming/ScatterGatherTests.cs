using Pcie.Daq;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Daq.Interrupts;
using Pcie.Emulator.Daq.Streaming;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Pci;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emulator.Tests.Daq.Streaming;

/// <summary>
/// Chunks of 64 bytes, so places of 96, in pieces that descriptors in host memory name (docs/registers.md: DMA_CONTROL.MODE 3, DMA_TAIL, DMA_ERROR).
/// </summary>
public sealed class ScatterGatherTests : IDisposable
{
    private const ulong Ring = 0x3_0000_0000;
    private const ulong Data = 0x4_0000_0000;
    private const DescriptorFlags Whole = DescriptorFlags.Owned | DescriptorFlags.Last | DescriptorFlags.Interrupt;

    private readonly DaqHost card = new(DaqHost.Small with { Source = SourceKind.Random, FifoChunks = 4 });
    private readonly HostRam ram;
    private readonly byte[] ring;
    private readonly byte[] data;

    public ScatterGatherTests()
    {
        ram = new HostRam(card.Host);
        ring = ram.Map(Ring, 4096);
        data = ram.Map(Data, 64 << 10);
    }

    public void Dispose() => card.Dispose();

    private ulong InCard => card.Card.ChunksInCard;

    private List<long> Written => [.. card.Host.Traced(TraceKind.ChunkWritten).Select(e => e.A)];

    private void Put(int index, Descriptor descriptor) => descriptor.Write(ring.AsSpan(index * Descriptor.Size));

    private static ulong At(int index) => Ring + (ulong)(index * Descriptor.Size);

    private static Descriptor Place(int index, int next, uint length = 96, DescriptorFlags flags = Whole) =>
        new(Data + (ulong)index * 256, length, flags, next < 0 ? 0 : At(next));

    private void Begin(uint places, WhenFull whenFull = WhenFull.HoldBack)
    {
        card.EnableCauses(Cause.DataReady, Cause.DmaError);
        card.StartDma(DmaMode.ScatterGather, whenFull, places, Ring);
        card.StartSource();
    }

    private ChunkHeader? Chunk(int place) =>
        ChunkHeader.TryRead(data.AsSpan(place * 256), out var header) ? header : null;

    [Fact]
    public void ARingIsFollowedRoundAndEachDescriptorIsGivenBackBeforeTheMessage()
    {
        for (var i = 0; i < 3; i++) Put(i, Place(i, (i + 1) % 3));
        Begin(places: 3);
        card.RunPeriods(3);
        Assert.Equal([0ul, 1ul, 2ul], Enumerable.Range(0, 3).Select(i => Chunk(i)!.Value.Sequence));
        for (var i = 0; i < 3; i++)
            Assert.Equal(Place(i, (i + 1) % 3, flags: Whole & ~DescriptorFlags.Owned), Descriptor.Read(ring.AsSpan(i * 32)));
        Assert.Equal([At(0), At(1), At(2)], ram.Reads.Select(r => r.Address));
        Assert.Equal(FakeHost.MsiAddress, card.Host.Sent[^1].Tlp.Address);
        Assert.Equal(At(2) + Descriptor.WriteBackOffset, card.Host.Sent[^2].Tlp.Address);

        for (var i = 0; i < 3; i++) Put(i, Place(i, (i + 1) % 3));
        card.Write("DMA_TAIL", 3);
        card.RunPeriods(3);
        Assert.Equal([3ul, 4ul, 5ul], Enumerable.Range(0, 3).Select(i => Chunk(i)!.Value.Sequence));
    }

    [Theory]
    [InlineData(32, 32, 32)]
    [InlineData(92, 4, 96)]
    [InlineData(40, 4, 52)]
    public void AChunkMaySpanDescriptors(uint first, uint second, uint third)
    {
        Put(0, Place(0, 1, first, DescriptorFlags.Owned));
        Put(1, Place(9, 2, second, DescriptorFlags.Owned));
        Put(2, Place(5, -1, third));
        Begin(places: 1);
        card.RunPeriods(1);
        var bytes = data.AsSpan(0, (int)first).ToArray().Concat(data[(9 * 256)..(9 * 256 + (int)second)])
            .Concat(data[(5 * 256)..(5 * 256 + (int)third)]).ToArray();
        Assert.True(ChunkHeader.TryRead(bytes, out var header));
        Assert.Equal(header.Checksum, ChunkHeader.ChecksumOf(bytes.AsSpan(32, 64)));
        Assert.Equal([first, second, 96 - first - second],
            Enumerable.Range(0, 3).Select(i => Descriptor.Read(ring.AsSpan(i * 32)).Length));
        Assert.Equal(DescriptorFlags.None, Descriptor.Read(ring).Flags & DescriptorFlags.Owned);
    }

    // PCI Express Base Specification 2.2.7: whatever the pieces, and wherever the page ends. The pieces leave a DW between them, which stays as it is.
    [Fact]
    public void APlaceInPiecesOfAnyLengthAroundAPageBoundaryIsFilledExactly()
    {
        for (var first = 32; first < 96; first += 4)
            for (var offset = 4096 - 100; offset <= 4096; offset += 4)
            {
                using var test = new ScatterGatherTests();
                test.data.AsSpan().Fill(0xEE);
                test.Put(0, new Descriptor(Data + (ulong)offset, (uint)first, DescriptorFlags.Owned, At(1)));
                test.Put(1, new Descriptor(Data + (ulong)(offset + first + 4), (uint)(96 - first), Whole, 0));
                test.Begin(places: 1);
                test.card.RunPeriods(1);

                var chunk = (byte[])[.. test.data[offset..(offset + first)], .. test.data[(offset + first + 4)..(offset + 100)]];
                Assert.True(ChunkHeader.TryRead(chunk, out var header), $"{first} bytes at {offset}");
                Assert.Equal(header.Checksum, ChunkHeader.ChecksumOf(chunk.AsSpan(ChunkHeader.Size)));
                test.data.AsSpan(offset, first).Fill(0xEE);
                test.data.AsSpan(offset + first + 4, 96 - first).Fill(0xEE);
                Assert.Equal(-1, test.data.AsSpan().IndexOfAnyExcept((byte)0xEE));
            }
    }

    [Fact]
    public void ADescriptorWithoutTheInterruptFlagRaisesNothing()
    {
        Put(0, Place(0, 1, flags: DescriptorFlags.Owned | DescriptorFlags.Last));
        Put(1, Place(1, -1));
        Begin(places: 2);
        card.RunPeriods(1);
        Assert.Equal((1, 0), (Written.Count, card.Vectors.Count));
        card.RunPeriods(1);
        Assert.Equal((2, 1), (Written.Count, card.Vectors.Count));
    }

    [Theory]
    [InlineData(WhenFull.HoldBack, 2ul, 0ul)]
    [InlineData(WhenFull.Drop, 0ul, 2ul)]
    public void TheEndOfAListIsAFullRingUntilTheNextEnable(WhenFull whenFull, ulong held, ulong dropped)
    {
        Put(0, Place(0, 1));
        Put(1, Place(1, -1));
        Begin(places: 8, whenFull);
        card.RunPeriods(4);
        Assert.Equal([0L, 1L], Written);
        Assert.Equal((held, dropped), (InCard, card.Card.Chunks.Dropped));
        Assert.Equal(DmaStatus.ListEnded, card.Read("DMA_STATUS") & (DmaStatus.ListEnded | DmaStatus.Failed));
        Assert.Equal(2, ram.Reads.Count);
    }

    [Fact]
    public void NothingIsReadBeyondWhatDmaTailHasFreed()
    {
        for (var i = 0; i < 4; i++) Put(i, Place(i, (i + 1) % 4));
        Begin(places: 2);
        card.RunPeriods(4);
        Assert.Equal([At(0), At(1)], ram.Reads.Select(r => r.Address));
        Assert.Equal(2ul, InCard);
        card.Write("DMA_TAIL", 1);
        card.Host.RunFor(Duration.FromMicroseconds(10));
        Assert.Equal([0L, 1L, 2L], Written);
    }

    public static TheoryData<DmaError, Descriptor> Bad => new()
    {
        { DmaError.NotOwned, Place(1, 0, flags: Whole & ~DescriptorFlags.Owned) },
        { DmaError.ZeroLength, Place(1, 0, length: 0) },
        { DmaError.Misaligned, Place(1, 0) with { Address = Data + 2 } },
        { DmaError.Misaligned, Place(1, 0, length: 98) },
        { DmaError.Misaligned, Place(1, 0) with { Next = Ring + 8 } },
        { DmaError.TooSmall, Place(1, 0, length: 92) },
        { DmaError.TooSmall, Place(1, 0, length: 28, flags: DescriptorFlags.Owned) },
        { DmaError.Unfinished, Place(1, -1, flags: DescriptorFlags.Owned) },
        // Its own next one: a place without an end.
        { DmaError.Unfinished, Place(1, 1, flags: DescriptorFlags.Owned) },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void ABadDescriptorStopsTheEngineUntilItIsEnabledAnew(DmaError error, Descriptor bad)
    {
        Put(0, Place(0, 1));
        Put(1, bad);
        Begin(places: 2);
        card.RunPeriods(3);
        Stopped(error, At(1), [0L]);
        Put(0, Place(0, 1));
        Put(1, Place(1, 0));
        Restart(2);
        Assert.NotNull(Chunk(1));
    }

    [Theory]
    [InlineData(null, DmaError.UnsupportedRequest)]
    [InlineData(CompletionStatus.CompleterAbort, DmaError.CompleterAbort)]
    public void AReadThatFailsStopsTheEngineUntilItIsEnabledAnew(CompletionStatus? answer, DmaError error)
    {
        // Nobody decodes the address below the ring.
        Put(0, Place(0, 1) with { Next = Ring - Descriptor.Size });
        Begin(places: 2);
        card.Host.RunFor(Duration.FromMicroseconds(3));
        ram.AnswersWith = answer;
        card.RunPeriods(2);
        Stopped(error, Ring - Descriptor.Size, [0L]);
        ram.AnswersWith = null;
        Put(0, Place(0, 0));
        Restart(1);
    }

    // PCI Express Base Specification 2.8.
    [Fact]
    public void AReadWithoutAnAnswerEndsAsCompleterAbort()
    {
        ram.Latency = Duration.FromSeconds(10);
        Put(0, Place(0, 0));
        Begin(places: 1);
        // The completion timeout is 10 ms.
        card.RunPeriods(101);
        Stopped(DmaError.CompleterAbort, At(0), []);
    }

    [Fact]
    public void WithoutBusMasterEnableTheEngineStops()
    {
        Put(0, Place(0, 0));
        card.Host.BusMaster(false);
        Begin(places: 1);
        card.RunPeriods(1);
        Stopped(DmaError.BusMasterDisabled, At(0), []);
        card.Host.BusMaster(true);
        Restart(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AnAnswerToAReadFromBeforeAnAbortIsNobodys(bool byReset)
    {
        ram.Latency = Duration.FromMicroseconds(50);
        Put(0, Place(0, 0));
        Begin(places: 1);
        card.Host.RunFor(Duration.FromMicroseconds(10));
        if (byReset)
        {
            card.Host.Function.Reset();
            card.Host.Enable().EnableMsi();
        }
        card.Write("DMA_CONTROL", 0);
        Put(0, Place(3, 0));
        Begin(places: 1);
        card.RunPeriods(2);
        Assert.Equal((null, 0ul), (Chunk(0), Chunk(3)!.Value.Sequence));
        Assert.Equal(0u, card.Read("DMA_ERROR"));
    }

    [Theory]
    [InlineData(Ring + 16, WhenFull.Drop)]
    [InlineData(Ring, WhenFull.Overwrite)]
    public void AMisalignedRingAndOverwritingAreRefused(ulong ringAt, WhenFull whenFull)
    {
        card.StartDma(DmaMode.ScatterGather, whenFull, 1, ringAt);
        Assert.Equal(0u, card.Read("DMA_CONTROL") & 1);
        Assert.Contains(new("dma.set-ups-refused", 1), card.Card.Statistics);
    }

    private void Stopped(DmaError error, ulong at, long[] written)
    {
        Assert.Equal((uint)error, card.Read("DMA_ERROR"));
        Assert.Equal(at, card.Read("DMA_ERROR_ADDRESS_LO") | (ulong)card.Read("DMA_ERROR_ADDRESS_HI") << 32);
        Assert.Equal(DmaStatus.Failed, card.Read("DMA_STATUS") & DmaStatus.Failed);
        Assert.NotEqual(0u, card.Read("INT_CAUSE") & 1u << (int)Cause.DmaError);
        Assert.Equal(written, Written);
        Assert.Equal(0ul, InCard);
        Assert.Equal(card.Card.Chunks.Produced, card.Card.Chunks.Written + card.Card.Chunks.Dropped);
    }

    private void Restart(uint places)
    {
        var before = Written.Count;
        card.Write("DMA_CONTROL", 0);
        card.StartDma(DmaMode.ScatterGather, WhenFull.HoldBack, places, Ring);
        card.RunPeriods((int)places + 1);
        Assert.Equal(before + (int)places, Written.Count);
        Assert.Equal(0u, card.Read("DMA_STATUS") & DmaStatus.Failed);
    }
}
