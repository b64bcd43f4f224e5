using Pcie.Emulator.Daq.Card;
using Pcie.Emulator.Daq.Interrupts;
using Pcie.Emulator.Daq.Streaming;
using System.Buffers.Binary;
using Pcie.Daq;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Hosting;
using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Link.Sessions;
using Pcie.Link.Transports;
using Pcie.Pci;
using Pcie.Pci.Memory;
using Pcie.Time;

namespace Pcie.EndToEnd.Tests.Bus;

/// <summary>
/// What a driver does wrong ends as on the bus or as an error cause, is counted, is logged by register and field name, and leaves the card usable
/// after a reset. For what is on the bus the PCI Express Base Specification is the rule (2.3.1, 6.2, 7.5.1.1.4); for the card's registers
/// docs/registers.md.
/// <code>
/// test ── ModelledHost (root complex, host memory) ══ link ══ PciFunction ── DaqCard
///                     ProcessLog ◄───────────────────────────────┘
/// </code>
/// </summary>
[Collection(LogTests.Name)]
public sealed class BadInputTests : IDisposable
{
    private const ulong Bar = ModelledHost.Bar0;
    private const uint BarSize = 0x1000;
    private const ulong Nowhere = 0x7FFF_0000_0000_0000;
    private const uint FunctionLevelReset = 1 << 15;
    private const uint MessageData = 0x40;
    private const int Slots = 8;
    private const int ChunkSize = 64;
    private const int SlotSize = ChunkHeader.Size + ChunkSize;

    private readonly ProcessLog log = new();
    private readonly EmulatedCard card;
    private readonly ModelledHost host;
    private readonly HostBuffer ring;

    public BadInputTests()
    {
        var deviceEnd = new DirectTransport();
        card = new EmulatedCard(
            CardDesign.Daq(new DaqCardOptions { ChunkSize = ChunkSize, Period = Duration.FromMicroseconds(100), MaxSlots = 64 }),
            deviceEnd, new LinkSessionOptions(Pacing.FreeRunning, ModelledHost.Latency), Duration.FromMilliseconds(50));
        var hostEnd = deviceEnd.CreateHostEnd(card.Session.ServePending);
        host = new ModelledHost(hostEnd);
        ring = host.Root.Memory.Allocate(Slots * SlotSize);
        host.Enable();
    }

    private uint Cause => (uint)host.Read(Bar + CardRegister.At("INT_CAUSE"));

    // 2.3.1: a completer aborts what breaks its programming model: registers take one or two DWs. 7.5.1.1.4: Signaled Target Abort.
    [Fact]
    public void AnAccessOfTheWrongWidthIsAborted()
    {
        Assert.Equal(RequestOutcome.CompleterAbort, host.Request(Tlp.Request(TlpKind.MemoryRead, Bar + CardRegister.At("INT_CAUSE"), 16)));
        host.Post(Tlp.Request(TlpKind.MemoryWrite, Bar + CardRegister.At("SCRATCH"), 64), new byte[64]);

        Assert.NotEqual(0u, host.ReadConfig(ConfigOffset.CommandStatus) & (uint)StatusError.SignaledTargetAbort);
        Assert.Equal((uint)FunctionError.CompleterAbort, host.ReadConfig(ConfigOffset.UncorrectableStatus));
        Assert.Equal(2u, Counter("function.too-long"));
        Logged("MemoryRead of 16 bytes at 0xE0000020, BAR 0+0x20 (INT_CAUSE), refused with CompleterAbort: longer than the two DWs");
        Logged("MemoryWrite of 64 bytes at 0xE0000008, BAR 0+0x8 (SCRATCH), refused with CompleterAbort");
        IsUsableAfterReset();
    }

    // 2.3.1: unsupported request; 7.5.1.2.1: a BAR decodes its size and nothing more.
    [Fact]
    public void AnAccessAcrossABarsEndIsUnsupported()
    {
        Assert.Equal(RequestOutcome.UnsupportedRequest, host.Request(Tlp.Request(TlpKind.MemoryRead, Bar + BarSize - 4, 8)));
        host.Post(Tlp.Request(TlpKind.MemoryWrite, Bar + BarSize - 4, 8), new byte[8]);

        Assert.Equal((uint)FunctionError.UnsupportedRequest, host.ReadConfig(ConfigOffset.UncorrectableStatus));
        Assert.Equal(2u, Counter("function.across-bar-end"));
        Logged("MemoryRead of 8 bytes at 0xE0000FFC, BAR 0+0xFFC (no register), refused with UnsupportedRequest: across the end of a BAR");
        IsUsableAfterReset();
    }

    // docs/registers.md: reserved bits read as zero and ignore writes; a place without a register does both; WO reads as zero, RO ignores writes.
    [Fact]
    public void AnAccessToAReservedOrAWriteOnlyOrAReadOnlyRegisterDoesNothing()
    {
        host.Write(Bar + CardRegister.At("INT_ENABLE"), 0xFFFF_FF00);
        Assert.Equal(0u, host.Read(Bar + CardRegister.At("INT_ENABLE")));
        host.Write(Bar + 0x0C0C, 1);
        Assert.Equal(0u, host.Read(Bar + 0x0C0C));
        host.Write(Bar + CardRegister.At("INT_TEST"), 1u << (int)Emulator.Daq.Interrupts.Cause.Test);
        Assert.Equal(0u, host.Read(Bar + CardRegister.At("INT_TEST")));
        host.Write(Bar + CardRegister.At("ID"), 0);
        Assert.Equal(DaqCard.IdValue, host.Read(Bar + CardRegister.At("ID")));

        Assert.Equal((1u, 1u), (Counter("registers.reserved-writes"), Counter("registers.reserved-writes.INT_ENABLE")));
        Assert.Equal((1u, 1u), (Counter("registers.unmapped-writes"), Counter("registers.unmapped-reads")));
        Assert.Equal((1u, 1u), (Counter("registers.write-only-reads"), Counter("registers.read-only-writes")));
        Logged("Write to INT_ENABLE sets reserved bits 0xFFFFFF00: ignored.");
        Logged("Write of 0x00000001 to BAR 0+0xC0C, where no register is: ignored.");
        Logged("Read of BAR 0+0xC0C, where no register is: zero.");
        Logged("Read of INT_TEST, whose fields DATA_READY, OVERRUN, DMA_ERROR, FIFO_OVERFLOW, LINK_ERROR, TEST are WO: reads as zero.");
        Logged("Write of ID, whose fields MAGIC are RO: ignored.");
        IsUsableAfterReset();
    }

    // DMA_ERROR; 7.5.1.1.4: Received Master Abort.
    [Fact]
    public void ADescriptorThatPointsNowhereStopsScatterGatherWithItsAddress()
    {
        var list = host.Root.Memory.Allocate(Descriptor.Size);
        new Descriptor(ring.Address, SlotSize, DescriptorFlags.Owned | DescriptorFlags.Last, Nowhere).Write(list.Span);
        Start(list.Address, DmaMode.ScatterGather, WhenFull.HoldBack);

        Assert.Equal((uint)DmaError.UnsupportedRequest, host.Read(Bar + CardRegister.At("DMA_ERROR")));
        Assert.Equal(Nowhere, host.Read(Bar + CardRegister.At("DMA_ERROR_ADDRESS_LO"), 8));
        Assert.Equal(1u << (int)Emulator.Daq.Interrupts.Cause.DmaError, Cause & 1u << (int)Emulator.Daq.Interrupts.Cause.DmaError);
        Assert.NotEqual(0u, host.ReadConfig(ConfigOffset.CommandStatus) & (uint)StatusError.ReceivedMasterAbort);
        Assert.Equal(1u, Counter("dma.descriptor-errors"));
        Logged("DMA_ERROR.CODE is 6, UnsupportedRequest: scatter-gather stopped at the descriptor at 0x7FFF000000000000.");
        IsUsableAfterReset();
    }

    // DMA_SLOT_COUNT: 1 to MAX_SLOTS; else ENABLE does not stay set.
    [Theory]
    [InlineData(DmaMode.Ring, WhenFull.Overwrite)]
    [InlineData(DmaMode.ScatterGather, WhenFull.HoldBack)]
    public void ARingOfLengthZeroIsNotEnabled(DmaMode mode, WhenFull whenFull)
    {
        Start(ring.Address, mode, whenFull, slots: 0);

        Assert.Equal(0u, host.Read(Bar + CardRegister.At("DMA_CONTROL")) & 1);
        Assert.Equal(1u << (int)Emulator.Daq.Interrupts.Cause.DmaError, Cause);
        Assert.Equal(1u, Counter("dma.set-ups-refused"));
        Logged("DMA_CONTROL.ENABLE refused: DMA_SLOT_COUNT.SLOTS is 0; expected 1 to 64.");
        IsUsableAfterReset();
    }

    // VECTOR_MAP: modulo the messages granted. 7.7.1.2, 7.7.1.5: the function has no other message to send than those.
    [Theory]
    [InlineData(0, 5, 0)]
    [InlineData(1, 5, 1)]
    [InlineData(2, 31, 3)]
    public void AVectorBeyondTheGrantIsFoldedIntoIt(int log2, int vector, int folded)
    {
        var memory = host.Root.Memory.Allocate(4);
        EnableMsi(memory.Address, log2);
        host.Write(Bar + CardRegister.At("VECTOR_MAP1"), (uint)vector << 8);
        host.Write(Bar + CardRegister.At("VECTOR_MAP0"), 0);
        host.Write(Bar + CardRegister.At("INT_ENABLE"), CauseBits.All);
        host.Write(Bar + CardRegister.At("INT_ROUTING"), 1);
        host.Write(Bar + CardRegister.At("INT_TEST"), 1u << (int)Emulator.Daq.Interrupts.Cause.Test);
        host.Wait(Duration.FromMicroseconds(10));

        Assert.Equal(MessageData | (uint)folded, BinaryPrimitives.ReadUInt32LittleEndian(memory.Span));
        Assert.Equal(1u, Counter("interrupts.vectors-folded"));
        Assert.Equal(1u, Counter("interrupts.sent"));
        Logged($"VECTOR_MAP1.TEST is vector {vector}, and {1 << log2} are granted: its messages go to vector {folded}.");
        IsUsableAfterReset();
    }

    // 2.3.1, 6.2: a posted write is gone, and only the root complex knows; what asks is answered with unsupported request.
    [Fact]
    public void ADmaAddressAboveWhatTheHostDecodesLosesWritesAndFailsReads()
    {
        Start(Nowhere, DmaMode.Ring, WhenFull.Overwrite);
        var lost = host.Root.Memory.Undecoded;
        host.Write(Bar + CardRegister.At("H2C_BASE_HI"), Nowhere >> 32);
        host.Write(Bar + CardRegister.At("H2C_LENGTH"), 256);
        host.Write(Bar + CardRegister.At("H2C_CONTROL"), 1);
        host.Wait(Duration.FromMilliseconds(1));

        Assert.InRange(lost, Slots, long.MaxValue);
        Assert.NotEqual(0u, host.Read(Bar + CardRegister.At("CHUNKS_WRITTEN_LO")));
        Assert.Equal((uint)DmaError.UnsupportedRequest << 8, host.Read(Bar + CardRegister.At("H2C_STATUS")));
        Assert.NotEqual(0u, Cause & 1u << (int)Emulator.Daq.Interrupts.Cause.DmaError);
        Assert.NotEqual(0u, host.ReadConfig(ConfigOffset.CommandStatus) & (uint)StatusError.ReceivedMasterAbort);
        Assert.Equal(1u, Counter("h2c.failures"));
        Logged("bytes at 0x7FFF000000000000 by the device, where the host decodes nothing: dropped.");
        Logged("H2C_STATUS.ERROR is 6, UnsupportedRequest: reading host memory stopped in the chunk at 0x7FFF000000000000.");
        IsUsableAfterReset();
    }

    [Fact]
    public void AHostThatMakesNothingButMistakesDoesNotFillTheLog()
    {
        const int Times = 5000;
        host.Run(async () =>
        {
            for (var i = 0; i < Times; i++)
            {
                await host.Root.ReadMemory(Bar + BarSize, 4);
                await host.Root.ReadMemory(Bar + CardRegister.At("INT_TEST"), 4);
                await host.Root.ReadMemory(Bar + 0xC0C, 4);
                host.Root.WriteMemory(Bar + 0xC0C, 4, 1);
                host.Root.WriteMemory(Bar + CardRegister.At("ID"), 4, 1);
                host.Root.WriteMemory(Bar + CardRegister.At("INT_ENABLE"), 4, 0x8000_0000);
                host.Root.WriteMemory(Bar + CardRegister.At("INT_POLICY"), 4, 7);
                host.Root.WriteMemory(Bar + CardRegister.At("DMA_TAIL"), 4, 7);
                host.Root.WriteMemory(Bar + CardRegister.At("H2C_CONTROL"), 4, 1);
                host.Root.WriteMemory(Bar + CardRegister.At("DMA_CONTROL"), 4, 1);
            }
            // 2.4.1: a read pushes the writes before it.
            await host.Root.ReadMemory(Bar, 4);
        });

        string[] counters =
        [
            "function.undecoded", "registers.write-only-reads", "registers.unmapped-reads", "registers.unmapped-writes", "registers.read-only-writes",
            "registers.reserved-writes", "interrupts.policies-refused", "dma.tails-refused", "h2c.starts-refused", "dma.set-ups-refused",
        ];
        Assert.All(counters, counter => Assert.Equal((uint)Times, Counter(counter)));
        // The first eight and nine doublings of each.
        Assert.InRange(log.Lines.Count, counters.Length, counters.Length * 17);
        IsUsableAfterReset();
    }

    public void Dispose()
    {
        card.Dispose();
        log.Dispose();
    }

    private uint Counter(string name) => (uint)card.Statistics.Single(counter => counter.Key == name).Value;

    private void Logged(string text) => Assert.Contains(log.Lines, line => line.Contains(text, StringComparison.Ordinal));

    private void Start(ulong address, DmaMode mode, WhenFull whenFull, uint slots = Slots)
    {
        host.Write(Bar + CardRegister.At("DMA_BASE_LO"), (uint)address);
        host.Write(Bar + CardRegister.At("DMA_BASE_HI"), address >> 32);
        host.Write(Bar + CardRegister.At("DMA_SLOT_SIZE"), SlotSize);
        host.Write(Bar + CardRegister.At("DMA_SLOT_COUNT"), slots);
        host.Write(Bar + CardRegister.At("DMA_CONTROL"), 1 | (uint)mode << 1 | (uint)whenFull << 3);
        host.Write(Bar + CardRegister.At("SOURCE_CONTROL"), 1);
        host.Wait(Duration.FromMilliseconds(2));
    }

    private void EnableMsi(ulong address, int log2)
    {
        host.WriteConfig(ConfigOffset.MsiAddressLow, (uint)address);
        host.WriteConfig(ConfigOffset.MsiAddressHigh, (uint)(address >> 32));
        host.WriteConfig(ConfigOffset.MsiData, MessageData, 2);
        host.WriteConfig(ConfigOffset.MsiControl + 2, (uint)(1 | log2 << 4), 2);
    }

    // 6.6.2: whatever went before, a function that was reset is as new: a register keeps what is written, a message comes, and every slot of the ring
    // gets a whole chunk.
    private void IsUsableAfterReset()
    {
        host.WriteConfig(ConfigOffset.DeviceControl, FunctionLevelReset, 2);
        Assert.Equal(0u, host.ReadConfig(ConfigOffset.CommandStatus) & 0xFFFF);
        host.Enable();
        Assert.Equal(0u, Cause | host.Read(Bar + CardRegister.At("DMA_CONTROL")));
        host.Write(Bar + CardRegister.At("SCRATCH"), 0x1234_5678);
        Assert.Equal(0x1234_5678u, host.Read(Bar + CardRegister.At("SCRATCH")));

        var message = host.Root.Memory.Allocate(4);
        EnableMsi(message.Address, 0);
        host.Write(Bar + CardRegister.At("INT_ENABLE"), CauseBits.All);
        ring.Span.Clear();
        Start(ring.Address, DmaMode.Ring, WhenFull.Overwrite);
        host.Write(Bar + CardRegister.At("SOURCE_CONTROL"), 0);
        host.Wait(Duration.FromMilliseconds(1));

        Assert.Equal(MessageData, BinaryPrimitives.ReadUInt32LittleEndian(message.Span));
        Assert.Equal(0u, host.Read(Bar + CardRegister.At("CHUNKS_DROPPED_LO")));
        for (var slot = 0; slot < Slots; slot++)
        {
            var bytes = ring.Span.Slice(slot * SlotSize, SlotSize);
            Assert.True(ChunkHeader.TryRead(bytes, out var header), $"Slot {slot} has no chunk.");
            Assert.Equal(ChunkHeader.ChecksumOf(bytes.Slice(ChunkHeader.Size, header.Length)), header.Checksum);
        }
        Assert.Null(host.Down);
    }
}
