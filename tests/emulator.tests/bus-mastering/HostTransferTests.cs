using Pcie.Emulator.BusMastering;
using Pcie.Emulator.Device;
using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Pci;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emulator.Tests.BusMastering;

/// <summary>
/// A block of host memory moved either way: every length of whole DWs that a sweep in cocotbext-pcie has (1 to 31 bytes rounded up, 1024), and a
/// page, from every DW around the page boundary.
/// <code>
/// HostTransfer ── PciFunction ──► reads kept, to be answered in any order
///                               ► writes into memory
/// </code>
/// </summary>
public sealed class HostTransferTests : ITlpSender
{
    private const ulong Base = 0x1_0000_0000;

    private readonly byte[] memory = new byte[12 << 10];
    private readonly List<Tlp> reads = [];
    private readonly List<Tlp> writes = [];
    private readonly List<TransferOutcome> outcomes = [];
    private readonly FakeHost host;
    private readonly HostTransfer transfer;

    public HostTransferTests()
    {
        host = new FakeHost(new FakeDevice()).Enable();
        host.Interceptor = this;
        transfer = new HostTransfer(host.Port, outcomes.Add, maxInFlight: 4);
        new System.Random(7).NextBytes(memory);
    }

    public static TheoryData<int, int> Limits => new(from payload in (int[])[0, 1, 2] from request in (int[])[0, 2, 5] select (payload, request));

    void ITlpSender.Send(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (tlp.Kind == TlpKind.MemoryRead)
        {
            reads.Add(tlp);
            return;
        }
        if (tlp.Kind != TlpKind.MemoryWrite) return;
        writes.Add(tlp);
        payload.CopyTo(memory.AsSpan((int)(tlp.Address - Base)));
    }

    // PCI Express Base Specification 2.2.7: no request crosses 4 KiB; 7.5.3.4: none is longer than the host allows.
    [Theory]
    [MemberData(nameof(Limits))]
    public void AnyBlockArrivesWholeInAnyOrderOfAnswersAndInLegalRequests(int payload, int request)
    {
        host.Function.Receive(Tlp.Request(TlpKind.ConfigWrite, ConfigOffset.DeviceControl, 2), BitConverter.GetBytes(payload << 5 | request << 12));
        var order = new System.Random(1);
        foreach (var length in (int[])[.. Enumerable.Range(1, 31).Select(bytes => bytes + 3 & ~3).Distinct(), 1024, 4096])
            for (var offset = 4096 - 32; offset <= 4096 + 32; offset += 4)
            {
                var card = new byte[length];
                transfer.Read(Base + (ulong)offset, length, card);
                while (reads.Count > 0)
                {
                    Assert.InRange(reads.Count, 1, 4);
                    AnswerOne(order.Next(reads.Count), 128 << request);
                }
                Assert.Equal(memory[offset..(offset + length)], card);

                order.NextBytes(card);
                var expected = memory.ToArray();
                card.CopyTo(expected, offset);
                transfer.Write(Base + (ulong)offset, card);
                Assert.Equal(expected, memory);
            }
        Assert.All(outcomes, outcome => Assert.Equal(TransferOutcome.Done, outcome));
        Assert.Equal((2 * 10 * 17, false), (outcomes.Count, transfer.IsReading));
        Assert.All(writes, write => AssertLegal(write, 128 << payload));
    }

    [Fact]
    public void AFailureEndsItAtOnceAndTheAnswersStillOnTheirWayAreNobodys()
    {
        var card = new byte[2048];
        transfer.Read(Base, card.Length, card);
        Assert.Equal(4, reads.Count);
        host.Function.Receive(Tlp.CompletionOf(reads[1], CompletionStatus.CompleterAbort), default);
        Assert.Equal([TransferOutcome.CompleterAbort], outcomes);
        reads.RemoveAt(1);

        var other = new byte[128];
        transfer.Read(Base + 4096, other.Length, other);
        while (reads.Count > 0) AnswerOne(0, 512);
        Assert.Equal([TransferOutcome.CompleterAbort, TransferOutcome.Done], outcomes);
        Assert.Equal(memory[4096..4224], other);
        Assert.Equal(-1, card.AsSpan().IndexOfAnyExcept((byte)0));
    }

    [Theory]
    [InlineData(2, 4)]
    [InlineData(0, 6)]
    public void PartsOfADwAreNotMoved(int offset, int length)
    {
        transfer.Read(Base + (ulong)offset, length, new byte[length]);
        transfer.Write(Base + (ulong)offset, new byte[length]);
        Assert.Equal([TransferOutcome.Impossible, TransferOutcome.Impossible], outcomes);
        Assert.Equal((0, 0), (reads.Count, writes.Count));
    }

    // 7.5.1.1.3: without Bus Master Enable no request.
    [Fact]
    public void WithoutBusMasterEnableNothingIsSent()
    {
        host.Function.Receive(Tlp.Request(TlpKind.ConfigWrite, ConfigOffset.CommandStatus, 2), BitConverter.GetBytes(2));
        transfer.Read(Base, 4, new byte[4]);
        transfer.Write(Base, new byte[4]);
        Assert.Equal([TransferOutcome.BusMasterDisabled, TransferOutcome.BusMasterDisabled], outcomes);
        Assert.Equal((0, 0), (reads.Count, writes.Count));
    }

    [Fact]
    public void ABlockOfNothingIsDoneAtOnce()
    {
        transfer.Read(Base, 0, default);
        transfer.Write(Base, default);
        Assert.Equal([TransferOutcome.Done, TransferOutcome.Done], outcomes);
    }

    // As memory that is mapped answers: no link lies between.
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void AnAnswerWithinTheRequestIsTakenAsALaterOneIs(int maxInFlight)
    {
        var port = new AtOnce(memory);
        var ended = 0;
        var cards = new byte[3][];
        HostTransfer? own = null;
        own = new HostTransfer(port, outcome =>
        {
            Assert.Equal(TransferOutcome.Done, outcome);
            if (++ended < cards.Length) own!.Read(Base + 36, 4096, cards[ended] = new byte[4096]);
        }, maxInFlight);

        own.Read(Base + 36, 4096, cards[0] = new byte[4096]);

        Assert.Equal(3, ended);
        Assert.All(cards, card => Assert.Equal(memory[36..(36 + 4096)], card));
        Assert.Equal(3UL * 33, own.ReadRequests);
        Assert.False(own.IsReading);
    }

    private void AnswerOne(int which, int limit)
    {
        var read = reads[which];
        reads.RemoveAt(which);
        AssertLegal(read, limit);
        host.Function.Receive(Tlp.CompletionOf(read, CompletionStatus.Successful), memory.AsSpan((int)(read.Address - Base), read.Length));
    }

    private static void AssertLegal(in Tlp tlp, int limit)
    {
        Assert.InRange(tlp.Length, 4, limit);
        Assert.Equal(tlp.Address / 4096, (tlp.Address + (ulong)tlp.Length - 1) / 4096);
    }

    private sealed class AtOnce(byte[] memory) : IDevicePort
    {
        public Timeline Timeline { get; } = new();
        public Tracer Tracer => throw new NotSupportedException();
        public int MaxPayloadSize => 128;
        public int MaxReadRequestSize => 128;
        public int GrantedMessages => 0;
        public ulong MessagesSent => 0;

        public bool WriteHost(ulong address, ReadOnlySpan<byte> bytes) => true;

        public bool ReadHost(ulong address, int length, IRequestCompleter completer, int cookie)
        {
            completer.RequestCompleted(cookie, RequestOutcome.Successful, memory.AsSpan((int)(address - Base), length));
            return true;
        }

        public MessageOutcome RaiseMessage(int message) => MessageOutcome.Lost;

        public void DriveLine(bool wantsService) => throw new NotSupportedException();
    }
}
