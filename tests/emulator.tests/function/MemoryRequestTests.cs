using CsCheck;
using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Tests.Fidelity;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Pci;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emulator.Tests.Function;

/// <summary>
/// Requests to BARs: which are taken, and how the others end. PCI Express Base Specification 2.3.1 (handling of requests), 2.2.5 (byte
/// enables), 2.2.9 (completions), 7.5.1.2.1 (BARs).
/// </summary>
public sealed class MemoryRequestTests
{
    private const ulong Bar2 = 0xFD00_0000;

    private readonly FakeDevice device = new();
    private readonly FakeHost host;

    public MemoryRequestTests()
    {
        host = new FakeHost(device).Enable();
        host.ConfigWrite(ConfigOffset.Bar0 + 8, (uint)Bar2);
        // Max_Payload_Size 512, so that a long write is one of the bus.
        host.ConfigWrite(ConfigOffset.DeviceControl, 2 << 5, count: 2);
    }

    private ulong Refused =>
        host.Function.Counters.Undecoded + host.Function.Counters.AcrossBarEnd + host.Function.Counters.TooLong;

    [Theory]
    [Divergence("Time to answer")]
    [InlineData(FakeHost.BarBase, 0, 0u)]
    [InlineData(FakeHost.BarBase + 0xFC, 0, 0xFCu)]
    [InlineData(Bar2, 2, 0u)]
    [InlineData(Bar2 + 0xFFFC, 2, 0xFFFCu)]
    public void AnAddressInsideABarReachesItsOffset(ulong address, int bar, uint offset)
    {
        var completion = host.Request(Tlp.Request(TlpKind.MemoryRead, address, 4))!.Value;
        Assert.Equal(BitConverter.GetBytes(~offset), completion.Payload);
        Assert.Equal((bar, offset, (byte)0xF), Assert.Single(device.Reads));
        Assert.Equal(SimTime.Zero, host.Timeline.Now);
    }

    [Fact]
    public void EightBytesAreTwoDwsInOrderOfAddress()
    {
        var completion = host.Request(Tlp.Request(TlpKind.MemoryRead, FakeHost.BarBase + 0x10, 8))!.Value;
        Assert.Equal([.. BitConverter.GetBytes(~0x10u), .. BitConverter.GetBytes(~0x14u)], completion.Payload);
        host.Request(Tlp.Request(TlpKind.MemoryWrite, FakeHost.BarBase + 0x10, 8), 1, 0, 0, 0, 2, 0, 0, 0);
        Assert.Equal([(0, 0x10u, 1u, (byte)0xF), (0, 0x14u, 2u, (byte)0xF)], device.Writes);
    }

    // 2.2.5: a read with no byte enabled is a flush. It is answered by one DW, and reads nothing.
    [Fact]
    public void AReadOfNoByteIsAnsweredByADwAndReadsNothing()
    {
        var flush = new Tlp { Kind = TlpKind.MemoryRead, Address = FakeHost.BarBase + 0x10, Length = 4 };
        Assert.Equal(4, host.Request(flush)!.Value.Payload.Length);
        Assert.All(device.Reads, read => Assert.Equal(0, read.ByteEnables));
    }

    // 2.2.5 and 2.2.7: to check these is optional. Across 4 KiB only in a BAR that is larger.
    [Fact]
    [Divergence("Checks that are optional")]
    public void ByteEnablesOfNoRuleAndRequestsAcrossAPageAreTakenAsTheyAre()
    {
        var holes = new Tlp { Kind = TlpKind.MemoryWrite, Address = Bar2 + 0xFFC, Length = 8, FirstByteEnables = 0b1010, LastByteEnables = 0b0101 };
        host.Request(holes, new byte[8]);
        var none = holes with { FirstByteEnables = 0, LastByteEnables = 0 };
        host.Request(none, new byte[8]);
        Assert.Equal([(0xFFCu, 0b1010), (0x1000u, 0b0101), (0xFFCu, 0), (0x1000u, 0)], device.Writes.Select(w => (w.Offset, (int)w.ByteEnables)));
        Assert.Equal(0ul, host.Function.Counters.Malformed);
    }

    // 2.2.5: byte enables of the first and of the last DW.
    [Fact]
    public void EveryRunOfBytesWithinTwoDwsArrivesWithItsByteEnables()
    {
        for (var start = 0; start < 8; start++)
            for (var count = 1; start + count <= 8; count++)
            {
                device.Writes.Clear();
                var request = Tlp.Request(TlpKind.MemoryWrite, FakeHost.BarBase + (uint)start, count);
                host.Request(request, [.. Enumerable.Range(1, request.Length).Select(i => (byte)i)]);
                var arrived = device.Writes.SelectMany(w => Enumerable.Range(0, 4)
                    .Where(i => (w.ByteEnables >> i & 1) != 0).Select(i => (int)w.Offset + i));
                Assert.Equal(Enumerable.Range(start, count), arrived);
                foreach (var write in device.Writes)
                    for (var i = 0; i < 4; i++)
                    {
                        var sent = (uint)write.Offset + (uint)i - (uint)(start & ~3) + 1;
                        Assert.Equal((write.ByteEnables >> i & 1) != 0 ? sent : 0, write.Value >> 8 * i & 0xFF);
                    }
            }
    }

    // 7.5.1.1.3: Memory Space Enable.
    [Fact]
    public void MemorySpaceOffMeansThatNobodyAnswers()
    {
        host.ConfigWrite(ConfigOffset.CommandStatus, 0x4, count: 2);
        AssertRefused(FakeHost.BarBase, 4, CompletionStatus.UnsupportedRequest);
        Assert.Equal(2ul, host.Function.Counters.Undecoded);
    }

    [Theory]
    [InlineData(FakeHost.BarBase - 4, 4)]
    [InlineData(FakeHost.BarBase - 4, 8)]
    [InlineData(FakeHost.BarBase + FakeDevice.Bar0Size, 4)]
    [InlineData(0ul, 4)]
    [InlineData(0xFFFF_FFFF_FE00_0000, 4)]
    [InlineData(0x1_FE00_0000, 4)]
    public void AnAddressThatNobodyDecodesIsUnsupported(ulong address, int length)
    {
        AssertRefused(address, length, CompletionStatus.UnsupportedRequest);
        Assert.Equal(2ul, host.Function.Counters.Undecoded);
    }

    [Theory]
    [InlineData(0xFCu, 8)]
    [InlineData(0xFCu, 512)]
    [InlineData(0x00u, 260)]
    public void AnAccessAcrossABarsEndDoesNothingAtAll(uint offset, int length)
    {
        AssertRefused(FakeHost.BarBase + offset, length, CompletionStatus.UnsupportedRequest);
        Assert.Equal(2ul, host.Function.Counters.AcrossBarEnd);
    }

    // 2.3.1: a completer aborts what breaks its programming model; 7.5.1.1.4: Signaled Target Abort.
    [Theory]
    [Divergence("Register accesses longer than two DWs")]
    [InlineData(12)]
    [InlineData(64)]
    [InlineData(256)]
    public void ABurstToRegistersIsAborted(int length)
    {
        AssertRefused(FakeHost.BarBase, length, CompletionStatus.CompleterAbort);
        Assert.Equal(2ul, host.Function.Counters.TooLong);
        Assert.NotEqual(0u, host.ConfigRead(ConfigOffset.CommandStatus) & (uint)StatusError.SignaledTargetAbort);
    }

    [Fact]
    public void ASignaledTargetAbortIsClearedByWritingOne()
    {
        host.Request(Tlp.Request(TlpKind.MemoryRead, FakeHost.BarBase, 16));
        host.ConfigWrite(ConfigOffset.CommandStatus, (uint)StatusError.SignaledTargetAbort, at: 2, count: 2);
        Assert.Equal(0x00100006u, host.ConfigRead(ConfigOffset.CommandStatus));
    }

    [Fact]
    public void AnyRequestIsEitherCarriedOutInTheBarOrRefusedAndCounted()
    {
        var addresses = Gen.OneOf(
            Gen.Long[-64, FakeDevice.Bar0Size + 64].Select(o => FakeHost.BarBase + (ulong)o),
            Gen.ULong);
        Gen.Select(addresses, Gen.Int[1, 64], Gen.Bool).Sample(
            (address, count, isRead) =>
            {
                var touched = device.Reads.Count + device.Writes.Count;
                var refused = Refused;
                var request = Tlp.Request(isRead ? TlpKind.MemoryRead : TlpKind.MemoryWrite, address, count);
                var completion = host.Request(request, isRead ? [] : new byte[request.Length]);
                var inside = InBar(address, FakeHost.BarBase, FakeDevice.Bar0Size, request) ||
                    InBar(address, Bar2, FakeDevice.Bar1Size, request);
                var accepted = inside && request.Length <= 8;
                Assert.Equal(accepted ? request.Length / 4 : 0, device.Reads.Count + device.Writes.Count - touched);
                Assert.Equal(accepted ? 0ul : 1ul, Refused - refused);
                if (isRead) Assert.Equal(accepted, completion!.Value.Tlp.Status == CompletionStatus.Successful);
            },
            iter: 2_000, threads: 1);
    }

    // 2.2.2: a payload longer than Max_Payload_Size makes a packet malformed, wherever it goes; a read asks for what it likes.
    [Theory]
    [InlineData(0, 128)]
    [InlineData(1, 256)]
    [InlineData(2, 512)]
    [InlineData(5, 512)]
    public void AWriteOfMoreThanMaxPayloadSizeIsMalformed(int size, int longest)
    {
        host.ConfigWrite(ConfigOffset.DeviceControl, (uint)size << 5, count: 2);
        host.Request(Tlp.Request(TlpKind.MemoryWrite, FakeHost.BarBase, longest), new byte[longest]);
        Assert.Equal(0ul, host.Function.Counters.Malformed);
        host.Request(Tlp.Request(TlpKind.MemoryWrite, FakeHost.BarBase, longest + 4), new byte[longest + 4]);
        Assert.Equal(1ul, host.Function.Counters.Malformed);
        Assert.NotEqual(0u, host.ConfigRead(ConfigOffset.UncorrectableStatus) & (uint)FunctionError.MalformedTlp);
        host.Request(Tlp.Request(TlpKind.MemoryRead, FakeHost.BarBase, longest + 4));
        Assert.Equal(1ul, host.Function.Counters.Malformed);
    }

    // 2.3: a malformed packet is discarded; 2.2.1: the length, and whether there is a payload, are part of its format.
    [Theory]
    [InlineData(TlpKind.MemoryRead, 0xFE00_0002ul, 4)]
    [InlineData(TlpKind.MemoryRead, 0xFE00_0000ul, 6)]
    [InlineData(TlpKind.MemoryWrite, 0xFE00_0000ul, 0)]
    [InlineData(TlpKind.MemoryRead, 0xFE00_0000ul, -4)]
    [InlineData(TlpKind.MemoryWrite, 0xFE00_0000ul, 8)]
    [InlineData((TlpKind)9, 0xFE00_0000ul, 4)]
    public void AMalformedPacketIsDiscardedWithoutAnAnswerAndCounted(TlpKind kind, ulong address, int length)
    {
        var tlp = new Tlp { Kind = kind, Address = address, Length = length, FirstByteEnables = 0xF };
        Assert.Equal(0, host.AnswersTo(tlp, new byte[4]));
        Assert.Equal(1ul, host.Function.Counters.Malformed);
        Assert.Empty(device.Reads);
        Assert.Empty(device.Writes);
    }

    // 2.3.2: an unexpected completion.
    [Fact]
    public void ACompletionThatNobodyWaitsForIsCounted()
    {
        host.Function.Receive(new Tlp { Kind = TlpKind.Completion, Tag = 3, Length = 4 }, new byte[4]);
        Assert.Equal(1, host.Function.Requester.UnexpectedCompletions);
    }

    [Fact]
    public void AccessesAndRefusalsAreTraced()
    {
        host.Request(Tlp.Request(TlpKind.MemoryWrite, Bar2 + 8, 4), 0x78, 0x56, 0x34, 0x12);
        host.Request(Tlp.Request(TlpKind.MemoryRead, 0x5000, 4));
        var written = Assert.Single(host.Traced(TraceKind.RegisterWritten));
        Assert.Equal((2L << 56 | 8, 0x12345678L), (written.A, written.B));
        var refused = Assert.Single(host.Traced(TraceKind.RequestRefused));
        Assert.Equal((0x5000L, 1L), (refused.A, refused.B));
    }

    private static bool InBar(ulong address, ulong start, uint size, in Tlp request) =>
        address >= start && address < start + size && request.Address + (ulong)request.Length <= start + size;

    private void AssertRefused(ulong address, int length, CompletionStatus expected)
    {
        var completion = host.Request(Tlp.Request(TlpKind.MemoryRead, address, length))!.Value;
        Assert.Equal(expected, completion.Tlp.Status);
        Assert.Empty(completion.Payload);
        host.Request(Tlp.Request(TlpKind.MemoryWrite, address, length), new byte[length]);
        Assert.Empty(device.Reads);
        Assert.Empty(device.Writes);
    }
}
