using Pcie.Emulator.Daq;
using Pcie.Emulator.Daq.Card;
using Pcie.Emulator.Daq.Interrupts;
using Pcie.Emulator.Function;
using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Pci;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emulator.Tests.Daq;

public sealed class AllocationTests : ITlpSender
{
    private long sent;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TenThousandChunksAllocateNothing(bool headerOnly)
    {
        var options = DaqHost.Small with
        {
            HeaderOnly = headerOnly,
            HashPayload = !headerOnly,
            Jitter = Randomness.Distribution.Exponential(Duration.FromMicroseconds(5)),
        };
        var timeline = new Timeline();
        var port = new DevicePort(DaqCard.IdentityOf(options), timeline, new Tracer(timeline, TraceSide.Device), Duration.FromSeconds(1), this);
        using var card = new DaqCard(options, port);
        var function = new PciFunction(port, card);
        SetUp(function);

        Chunks(function, timeline, 0, 1_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Chunks(function, timeline, 1_000, 11_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(card.Chunks.Written > 10_900 && sent > 30_000);
    }

    private static void SetUp(PciFunction function)
    {
        Config(function, ConfigOffset.Bar0, (uint)FakeHost.BarBase);
        Config(function, ConfigOffset.CommandStatus, 6);
        Config(function, ConfigOffset.MsiAddressLow, (uint)FakeHost.MsiAddress);
        Config(function, ConfigOffset.MsiControl, 0x0031_0000);
        Write(function, "INT_ENABLE", CauseBits.All);
        Write(function, "INT_POLICY", (uint)RearmPolicy.AutoMask);
        Write(function, "STATUS_BASE_LO", 0x8000_0001);
        Write(function, "DMA_BASE_LO", 0x9000_0000);
        Write(function, "DMA_SLOT_SIZE", 96);
        Write(function, "DMA_SLOT_COUNT", 8);
        Write(function, "DMA_CONTROL", 0b101);
        Write(function, "SOURCE_CONTROL", 1);
    }

    // As a driver would: acknowledge, read the head, move the tail (every other time, so that chunks are overwritten too),
    // re-arm.
    private static void Chunks(PciFunction function, Timeline timeline, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            timeline.RunBefore(timeline.Now + DaqHost.Period);
            timeline.AdvanceTo(timeline.NextDue);
            Write(function, "INT_CAUSE", CauseBits.All);
            function.Receive(Tlp.Request(TlpKind.MemoryRead, FakeHost.BarBase + DaqHost.OffsetOf("DMA_HEAD"), 4), default);
            if (i % 64 < 32) Write(function, "DMA_TAIL", (uint)i);
            Write(function, "INT_REARM", 1);
        }
    }

    private static void Config(PciFunction function, uint offset, uint value) =>
        Post(function, TlpKind.ConfigWrite, offset, value);

    private static void Write(PciFunction function, string register, uint value) =>
        Post(function, TlpKind.MemoryWrite, FakeHost.BarBase + DaqHost.OffsetOf(register), value);

    private static void Post(PciFunction function, TlpKind kind, ulong address, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BitConverter.TryWriteBytes(bytes, value);
        function.Receive(Tlp.Request(kind, address, 4), bytes);
    }

    void ITlpSender.Send(in Tlp tlp, ReadOnlySpan<byte> payload) => sent++;
}
