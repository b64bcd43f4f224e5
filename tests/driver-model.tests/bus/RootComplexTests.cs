using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Tests.Fixtures;
using Pcie.Pci;
using Pcie.Pci.Messages;
using Pcie.Trace;

namespace Pcie.DriverModel.Tests.Bus;

public sealed class RootComplexTests
{
    private const ulong Bar = 0xE000_0000;
    private readonly Fixtures.Host host = new();

    private Machine Machine => host.Machine;
    private RootComplex Root => host.Root;
    private FakeDevice Device => host.Device;

    [Theory]
    [InlineData(0, 1, 0x88)]
    [InlineData(3, 1, 0x55)]
    [InlineData(2, 2, 0x5566)]
    [InlineData(0, 4, 0x55667788)]
    [InlineData(0, 8, 0x1122334455667788)]
    public void AReadOfAnyWidthGetsItsBytes(uint offset, int width, ulong expected)
    {
        (Device.Memory[Bar], Device.Memory[Bar + 4]) = (0x55667788, 0x11223344);
        Assert.Equal(expected, host.Read(() => Root.ReadMemory(Bar + offset, width)));
        Assert.Equal((1, 0), (Root.Counters.Reads, Root.Counters.FailedReads));
    }

    [Fact]
    public void TheProcessorStallsUntilTheAnswer()
    {
        Machine.RequestAt(500, Machine.Interrupt("isr", 0x50, 100));
        host.Read(() => Root.ReadMemory(Bar, 4));
        Assert.Equal(FakeDevice.Latency.Nanoseconds, Machine.Span("isr").Begin);
    }

    [Theory]
    [InlineData(CompletionStatus.UnsupportedRequest, 1)]
    [InlineData(CompletionStatus.CompleterAbort, 2)]
    [InlineData(CompletionStatus.UnsupportedRequest, 4)]
    [InlineData(CompletionStatus.UnsupportedRequest, 8)]
    public void ARefusedReadIsAllOnesOfItsWidthAndCounted(CompletionStatus status, int width)
    {
        Device.Answers = _ => status;
        Assert.Equal(ulong.MaxValue >> (64 - 8 * width), host.Read(() => Root.ReadMemory(Bar, width)));
        Assert.Equal(1, Root.Counters.FailedReads);
        Assert.Equal((long)status, Assert.Single(Machine.Trace, e => e.Kind == TraceKind.ReadFailed).B);
    }

    [Fact]
    public void AReadWithoutAnswerIsAllOnesAfterTheCompletionTimeout()
    {
        Device.Answers = _ => null;
        Assert.Equal(uint.MaxValue, host.Read(() => Root.ReadMemory(Bar, 4)));
        Assert.Equal((1, 1), (Root.Counters.FailedReads, Root.Requester.TimedOut));
        Assert.Equal(Fixtures.Host.CompletionTimeout.Nanoseconds,
            Assert.Single(Machine.Trace, e => e.Kind == TraceKind.ReadFailed).Time.Nanoseconds);
    }

    [Fact]
    public void AReadOfADeviceThatIsGoneIsAllOnesAtOnceAndSendsNothing()
    {
        host.LinkDown();
        Assert.Equal((ushort)0xFFFF, host.Read(() => Root.ReadConfig(0, 2)));
        Assert.Empty(Device.Received);
        Assert.Equal(1, Root.Counters.FailedReads);
    }

    [Fact]
    public void AReadThatIsUnderWayWhenTheLinkGoesDownIsAllOnes()
    {
        Machine.At(500, host.LinkDown);
        Assert.Equal(uint.MaxValue, host.Read(() => Root.ReadMemory(Bar, 4)));
        Assert.Equal((long)RequestOutcome.LinkDown, Assert.Single(Machine.Trace, e => e.Kind == TraceKind.ReadFailed).B);
    }

    [Fact]
    public void EachProcessorHasAReadOfItsOwn()
    {
        (Device.Memory[Bar], Device.Memory[Bar + 4]) = (10, 20);
        var values = new ulong[2];
        for (var p = 0; p < 2; p++)
        {
            var number = p;
            Machine[p].RunThread(async () => values[number] = await Root.ReadMemory(Bar + 4 * (ulong)number, 4));
        }
        Machine.RunTo(100_000);
        Assert.Equal([10ul, 20ul], values);
    }

    [Fact]
    public void AnIsrThatReadsWhenAStallEndsDoesNotChangeWhatTheCodeBelowHasRead()
    {
        (Device.Memory[Bar], Device.Memory[Bar + 4]) = (10, 20);
        var (inDpc, inIsr) = (0ul, 0ul);
        Machine.Queue(Machine.Dpc("dpc", async () => inDpc = await Root.ReadMemory(Bar, 4)));
        Machine.RequestAt(500, Machine.Interrupt("isr", 0x90, async () => inIsr = await Root.ReadMemory(Bar + 4, 4)));
        Machine.RunTo(100_000);
        Assert.Equal((10ul, 20ul), (inDpc, inIsr));
    }

    [Fact]
    public void ConfigurationWritesEnableTheirBytesAndWaitForTheAnswer()
    {
        Device.Set32(0x3C, 0, uint.MaxValue);
        var answeredAt = host.Run(async () =>
        {
            await Root.WriteConfig(0x3E, 2, 0xABCD);
            return Machine.Timeline.Now.Nanoseconds;
        });
        Assert.Equal(FakeDevice.Latency.Nanoseconds, answeredAt);
        Assert.Equal(0xABCD0000, Device.Get32(0x3C));
        Assert.Equal(0xC, Device.Received[0].Tlp.FirstByteEnables);
    }

    [Theory]
    [InlineData(1, 1, 0x2, new byte[] { 0, 0x88, 0, 0 })]
    [InlineData(2, 2, 0xC, new byte[] { 0, 0, 0x88, 0x77 })]
    [InlineData(0, 4, 0xF, new byte[] { 0x88, 0x77, 0x66, 0x55 })]
    [InlineData(0, 8, 0xF, new byte[] { 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11 })]
    public void MemoryWritesArePostedWithTheirBytesInPlace(uint offset, int width, byte enables, byte[] payload)
    {
        Root.WriteMemory(Bar + offset, width, 0x1122334455667788 & (ulong.MaxValue >> (64 - 8 * width)));
        var (tlp, sent) = Assert.Single(Device.Received);
        Assert.Equal((TlpKind.MemoryWrite, Bar, enables), (tlp.Kind, tlp.Address, tlp.FirstByteEnables));
        Assert.Equal(payload, sent);
        Assert.Equal(1, Root.Counters.Writes);
    }

    [Fact]
    public void AMessageIsAnInterruptAtTheProcessorThatItsAddressSays()
    {
        Machine.Interrupt("isr", 0x61, 100);
        Device.SendToHost(TlpKind.MemoryWrite, MsiAddress.Of(1), 0x61, 0, 0, 0);
        Machine.RunTo(1_000);
        Assert.Equal(1, Machine.Span("isr").Processor);
        Assert.Equal((1, 0), (Root.Counters.Messages, Root.Memory.Undecoded));
    }

    [Fact]
    public void MessagesOfAnotherSizeOrToNoProcessorAreCountedAndDropped()
    {
        Device.SendToHost(TlpKind.MemoryWrite, MsiAddress.Of(2), 0x61, 0, 0, 0);
        Device.SendToHost(TlpKind.MemoryWrite, MsiAddress.Of(0), 0x61, 0);
        Device.SendToHost(TlpKind.MemoryWrite, MsiAddress.Of(0), 0x61, 0, 0, 0, 0, 0, 0, 0);
        Assert.Equal((0, 3), (Root.Counters.Messages, Root.Counters.BadMessages));
        Assert.Equal(0, Machine.Kernel.Interrupts.Spurious);
    }

    [Theory]
    [InlineData(0xFEDF_FFFC, false)]
    [InlineData(0xFEE0_0000, true)]
    [InlineData(0xFEEF_FFFC, true)]
    [InlineData(0xFEF0_0000, false)]
    [InlineData(0x1_FEE0_0000, false)]
    public void TheMessageWindowIsOneMebibyte(ulong address, bool inside)
    {
        Assert.Equal(inside, MsiAddress.IsMessage(address));
        Device.SendToHost(TlpKind.MemoryWrite, address, 0x61, 0, 0, 0);
        Assert.Equal(inside ? 0 : 1, Root.Memory.Undecoded);
    }

    [Fact]
    public void ADmaReadIsAnsweredWhileARegisterReadIsUnderWay()
    {
        // Both sides may have reads outstanding: neither waits for its own answer before it gives one.
        var buffer = Root.Memory.Allocate(4096);
        buffer.Span[0] = 0x5A;
        Machine.At(500, () => Root.Receive(Tlp.Request(TlpKind.MemoryRead, buffer.Address, 8, tag: 77), default));
        host.Read(() => Root.ReadMemory(Bar, 4));
        var (completion, data) = Device.Received[1];
        Assert.Equal((TlpKind.Completion, CompletionStatus.Successful, (ushort)77, 8),
            (completion.Kind, completion.Status, completion.Tag, completion.Length));
        Assert.Equal([0x5A, 0, 0, 0, 0, 0, 0, 0], data);
        Assert.Equal(0, Root.Counters.FailedReads);
    }

    [Theory]
    [InlineData(TlpKind.MemoryRead, 0)]
    [InlineData(TlpKind.ConfigRead, 1)]
    [InlineData(TlpKind.ConfigWrite, 1)]
    public void WhatNobodyDecodesIsAnUnsupportedRequest(TlpKind kind, int refused)
    {
        var request = Tlp.Request(kind, 0x1000, 4, tag: 5);
        Root.Receive(request, kind == TlpKind.ConfigWrite ? new byte[4] : default);
        var (completion, data) = Assert.Single(Device.Received);
        Assert.Equal((CompletionStatus.UnsupportedRequest, (ushort)5, 0), (completion.Status, completion.Tag, completion.Length));
        Assert.Empty(data);
        Assert.Equal((refused, 1 - refused), (Root.Counters.Refused, Root.Memory.Undecoded));
    }

    [Fact]
    public void ACompletionThatNobodyWaitsForIsCounted()
    {
        Root.Receive(Tlp.CompletionOf(Tlp.Request(TlpKind.MemoryRead, Bar, 4, tag: 3), CompletionStatus.Successful), new byte[4]);
        Assert.Equal(1, Root.Requester.UnexpectedCompletions);
    }
}
