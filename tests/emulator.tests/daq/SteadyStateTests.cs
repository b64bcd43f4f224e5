using Pcie.Daq;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Daq.Card;
using Pcie.Emulator.Daq.Interrupts;
using Pcie.Emulator.Daq.Streaming;
using Pcie.Emulator.Function;
using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Registers;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Pci;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emulator.Tests.Daq;

/// <summary>A host that answers every read: with a descriptor that names itself as the next, or with payload.</summary>
public sealed class SteadyStateTests : ITlpSender
{
    private const ulong Ring = 0x8000_0000;

    private readonly byte[] descriptor = new byte[Descriptor.Size];
    private readonly byte[] payload = new byte[64];
    private readonly Queue<Tlp> reads = new(64);

    [Fact]
    public void DescriptorsHoldBackModerationAndLoopbackAllocateNothing()
    {
        var options = DaqHost.Small with { FifoChunks = 4, TlpOverhead = 24 };
        var timeline = new Timeline();
        var port = new DevicePort(DaqCard.IdentityOf(options), timeline, new Tracer(timeline, TraceSide.Device), Duration.FromSeconds(1), this);
        using var card = new DaqCard(options, port);
        var function = new PciFunction(port, card);
        new Descriptor(0x9000_0000, 96, DescriptorFlags.Owned | DescriptorFlags.Last | DescriptorFlags.Interrupt, Ring).Write(descriptor);
        SetUp(function);
        var head = card.Registers.Find("DMA_HEAD")!;

        Chunks(function, timeline, head, 500);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Chunks(function, timeline, head, 2_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(card.Chunks.Produced, card.Chunks.Written + card.ChunksInCard);
        Assert.InRange(card.Interrupts.Sent, 300ul, card.Chunks.Written / 2);
        Assert.Contains(card.Statistics, s => s is { Key: "h2c.bytes", Value: > 20_000 });
    }

    private static void SetUp(PciFunction function)
    {
        Post(function, TlpKind.ConfigWrite, ConfigOffset.Bar0, (uint)FakeHost.BarBase);
        Post(function, TlpKind.ConfigWrite, ConfigOffset.CommandStatus, 6);
        Post(function, TlpKind.ConfigWrite, ConfigOffset.MsiAddressLow, (uint)FakeHost.MsiAddress);
        Post(function, TlpKind.ConfigWrite, ConfigOffset.MsiControl, 0x0031_0000);
        Write(function, "INT_ENABLE", CauseBits.All);
        Write(function, "INT_MODERATION0", 300 << 16 | 5);
        Write(function, "DMA_BASE_LO", (uint)Ring);
        Write(function, "DMA_SLOT_COUNT", 2);
        Write(function, "DMA_CONTROL", 1 | (uint)DmaMode.ScatterGather << 1 | (uint)WhenFull.HoldBack << 3);
        Write(function, "SOURCE_CONTROL", 1);
        Write(function, "H2C_LENGTH", 128);
    }

    private void Chunks(PciFunction function, Timeline timeline, Register head, int periods)
    {
        for (var i = 0; i < periods; i++)
        {
            timeline.RunBefore(timeline.Now + DaqHost.Period);
            timeline.AdvanceTo(timeline.NextDue);
            if (i % 8 == 0) Write(function, "H2C_CONTROL", 1);
            // Until nothing more comes: what is held back, and what is looped back.
            for (var round = 0; round < 8; round++)
            {
                while (reads.TryDequeue(out var read))
                    function.Receive(Tlp.CompletionOf(read, CompletionStatus.Successful), read.Length == Descriptor.Size ? descriptor : payload);
                timeline.RunBefore(timeline.Now + new Duration(500));
                Write(function, "DMA_TAIL", head.Peek());
            }
        }
    }

    private static void Write(PciFunction function, string register, uint value) =>
        Post(function, TlpKind.MemoryWrite, FakeHost.BarBase + DaqHost.OffsetOf(register), value);

    private static void Post(PciFunction function, TlpKind kind, ulong address, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BitConverter.TryWriteBytes(bytes, value);
        function.Receive(Tlp.Request(kind, address, 4), bytes);
    }

    void ITlpSender.Send(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (tlp.Kind == TlpKind.MemoryRead) reads.Enqueue(tlp);
    }
}
