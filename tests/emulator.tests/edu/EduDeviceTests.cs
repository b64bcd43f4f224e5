using System.Buffers.Binary;
using Pcie.Emulator.Edu;
using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Tests.Fidelity;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Emulator.Tests.Edu;

/// <summary>
/// The edu device as QEMU documents it (docs/specs/edu.rst), driven as its lecture's students drive it.
/// <code>
/// test ── FakeHost ──► PciFunction ──► EduDevice
///            ◄── DMA ── HostRam
/// </code>
/// </summary>
public sealed class EduDeviceTests : IDisposable
{
    private const uint Id = 0x00, Liveness = 0x04, Factorial = 0x08, Status = 0x20, Interrupts = 0x24, Raise = 0x60, Acknowledge = 0x64;
    private const uint Source = 0x80, Destination = 0x88, Count = 0x90, Command = 0x98;
    private const uint Run = 1, ToHost = 2, WithInterrupt = 4;
    private const uint DeviceBuffer = 0x40000;
    private const ulong Memory = 0x0100_0F00;

    private readonly FakeHost host;
    private readonly HostRam ram;
    private readonly byte[] memory;

    public EduDeviceTests()
    {
        host = new FakeHost(EduDevice.Identity, port => new EduDevice(port)).Enable().EnableMsi();
        ram = new HostRam(host);
        memory = ram.Map(Memory, 8192);
        new System.Random(1).NextBytes(memory);
    }

    private EduDevice Device => (EduDevice)host.Device;

    public void Dispose() => Device.Dispose();

    private void Transfer(ulong source, ulong destination, uint count, uint command)
    {
        Write64(Source, source);
        Write64(Destination, destination);
        Write64(Count, count);
        host.Write(Command, command);
    }

    private void Write64(uint offset, ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        host.Request(Tlp.Request(TlpKind.MemoryWrite, FakeHost.BarBase + offset, 8), bytes);
    }

    private ulong Counted(string name) => Device.Statistics.Single(count => count.Key == name).Value;

    [Fact]
    public void ItIsFoundByTheIdsAndTheMegabyteThatItsDriversLookFor()
    {
        Assert.Equal(0x11E8_1234u, host.ConfigRead(0));
        host.ConfigWrite(ConfigOffset.Bar0, uint.MaxValue);
        Assert.Equal(~((1u << 20) - 1), host.ConfigRead(ConfigOffset.Bar0));
    }

    [Fact]
    public void IdentificationIsVersionAndEdu() => Assert.Equal(0x0100_00EDu, host.Read(Id));

    [Theory]
    [InlineData(0u)]
    [InlineData(0x1234_5678u)]
    public void LivenessReadsAsTheComplementOfWhatWasWritten(uint value)
    {
        host.Write(Liveness, value);
        Assert.Equal(~value, host.Read(Liveness));
    }

    [Theory]
    [Divergence("Time")]
    [InlineData(0u, 1u)]
    [InlineData(5u, 120u)]
    [InlineData(13u, 1_932_053_504u)]
    [InlineData(33u, 2_147_483_648u)]
    [InlineData(1_000u, 0u)]
    public void AFactorialIsComputedModulo32BitsWhileTheStatusSaysSo(uint n, uint expected)
    {
        host.Write(Factorial, n);
        Assert.Equal(1u, host.Read(Status));
        host.RunFor(Duration.FromMicroseconds(2));
        Assert.Equal((0u, expected), (host.Read(Status), host.Read(Factorial)));
        Assert.Empty(host.Messages);
    }

    [Fact]
    public void AWriteWhileItComputesIsIgnoredAndCounted()
    {
        host.Write(Factorial, 5);
        host.Write(Factorial, 6);
        host.RunFor(Duration.FromMicroseconds(1));
        Assert.Equal(120u, host.Read(Factorial));
        Assert.Equal(1ul, Counted("registers.accesses-refused"));
    }

    [Fact]
    public void TheEndOfAFactorialInterruptsIfTheStatusAsksForIt()
    {
        host.Write(Status, 0x80);
        host.Write(Factorial, 4);
        host.RunFor(Duration.FromMicroseconds(1));
        Assert.Equal((0x80u, 0x1u), (host.Read(Status), host.Read(Interrupts)));
        Assert.Single(host.Messages);
    }

    [Fact]
    public void EveryRaiseSendsAMessageAndAnAcknowledgeClearsOnlyWhatItNames()
    {
        host.Write(Raise, 0x5);
        host.Write(Raise, 0x2);
        Assert.Equal(0x7u, host.Read(Interrupts));
        Assert.Equal(2, host.Messages.Count);

        host.Write(Acknowledge, 0x3);
        Assert.Equal(0x4u, host.Read(Interrupts));
        Assert.Equal(2, host.Messages.Count);
    }

    // PCI Express Base Specification 6.1.4: without MSI Enable no message, but the line, until everything is acknowledged.
    [Fact]
    public void WithoutMsiTheLineIsAssertedWhileAnInterruptIsNotAcknowledged()
    {
        host.DisableMsi();
        host.Write(Raise, 1);
        host.Write(Raise, 2);
        Assert.Equal(3u, host.Read(Interrupts));
        host.Write(Acknowledge, 1);
        Assert.Equal("Assert_INTA", host.LineMessages);
        host.Write(Acknowledge, 2);
        Assert.Equal("Assert_INTA Deassert_INTA", host.LineMessages);
        Assert.Empty(host.Messages);
    }

    // The length crossed with a page's end: 0x0100_0F00 + 256 is one. PCI Express Base Specification 2.2.7 and 7.5.3.4.
    [Theory]
    [Divergence("Time")]
    [InlineData(4u)]
    [InlineData(256u)]
    [InlineData(260u)]
    [InlineData(1024u)]
    [InlineData(4096u)]
    public void WhatGoesToTheBufferComesBackElsewhere(uint count)
    {
        Transfer(Memory, DeviceBuffer, count, Run | WithInterrupt);
        Assert.Equal(Run | WithInterrupt, host.Read(Command));
        host.RunFor(Duration.FromMilliseconds(101));
        Assert.Equal(WithInterrupt, host.Read(Command));
        Assert.Equal(0x100u, host.Read(Interrupts));
        Assert.All(ram.Reads, read => Assert.True(read.Length <= 512 && read.Address / 4096 == (read.Address + (ulong)read.Length - 1) / 4096));

        var back = ram.Map(0x0200_0FF0, 4096);
        Transfer(DeviceBuffer, 0x0200_0FF0, count, Run | ToHost);
        host.RunFor(Duration.FromMilliseconds(101));
        Assert.Equal(memory[..(int)count], back[..(int)count]);
        Assert.All(host.Sent.Where(s => s.Tlp.Kind == TlpKind.MemoryWrite), s => Assert.True(s.Tlp.Length <= 128));
        Assert.Single(host.Messages);
    }

    [Fact]
    [Divergence("DMA mask")]
    public void AddressesOfTheBusHave28Bits()
    {
        Transfer(Memory | 0xF_1000_0000, DeviceBuffer, 4, Run);
        host.RunFor(Duration.FromMilliseconds(101));
        Assert.Equal(Memory, Assert.Single(ram.Reads).Address);
    }

    [Theory]
    [Divergence("DMA of a part of a DW")]
    [Divergence("DMA that leaves the buffer")]
    [InlineData(Memory, DeviceBuffer + 4092, 8u, Run)]
    [InlineData(Memory, DeviceBuffer - 4, 8u, Run)]
    [InlineData(DeviceBuffer, Memory, 4100u, Run | ToHost)]
    [InlineData(Memory, 0x1000, 4u, Run)]
    [InlineData(Memory, DeviceBuffer, 6u, Run)]
    [InlineData(Memory + 2, DeviceBuffer, 4u, Run)]
    [InlineData(DeviceBuffer, Memory + 1, 4u, Run | ToHost)]
    public void ATransferThatLeavesTheBufferOrSplitsADwEndsWithoutOneAndIsCounted(ulong source, ulong destination, uint count, uint command)
    {
        Transfer(source, destination, count, command | WithInterrupt);
        host.RunFor(Duration.FromMilliseconds(101));
        Assert.Equal(0u, host.Read(Command) & Run);
        Assert.Equal((0u, 1ul), (host.Read(Interrupts), Counted("dma.transfers-refused")));
        Assert.Empty(ram.Reads);
    }

    // 2.3.1: what nobody decodes is answered with unsupported request.
    [Fact]
    public void AReadThatNobodyAnswersWellEndsTheTransferAndTheNextOneWorks()
    {
        Transfer(0x0800_0000, DeviceBuffer, 64, Run);
        host.RunFor(Duration.FromMilliseconds(101));
        Assert.Equal((0u, 1ul), (host.Read(Command) & Run, Counted("dma.transfers-refused")));
        Transfer(Memory, DeviceBuffer, 64, Run);
        host.RunFor(Duration.FromMilliseconds(101));
        Assert.Equal(1ul, Counted("dma.transfers"));
    }

    [Fact]
    public void WithoutBusMasteringNothingIsMoved()
    {
        host.BusMaster(false);
        Transfer(Memory, DeviceBuffer, 64, Run);
        host.RunFor(Duration.FromMilliseconds(101));
        Assert.Equal(1ul, Counted("dma.transfers-refused"));
        Assert.Empty(ram.Reads);
    }

    [Fact]
    public void RegistersOfARunningTransferIgnoreWrites()
    {
        Transfer(Memory, DeviceBuffer, 4, Run);
        host.Write(Count, 400);
        host.RunFor(Duration.FromMilliseconds(101));
        Assert.Equal(4, Assert.Single(ram.Reads).Length);
    }

    // docs/fidelity.md: QEMU's forgets the upper half.
    [Fact]
    [Divergence("DMA registers")]
    public void AWriteOfOneHalfOfADmaRegisterLeavesTheOtherAlone()
    {
        Write64(Source, 0x1234_5678_9ABC_DEF0);
        host.Write(Source, 1);
        Assert.Equal(0x1234_5678_0000_0001ul, host.Read64(Source));
    }

    [Fact]
    [Divergence("A short access, or no register")]
    public void WhatIsNoRegisterOrNotAWholeOneReadsAsAllOnes()
    {
        Assert.Equal(uint.MaxValue, host.Read(0x10));
        Assert.Equal(uint.MaxValue, host.Read(0xF_FFFC));
        var half = host.Request(Tlp.Request(TlpKind.MemoryRead, FakeHost.BarBase + Id, 2))!.Value;
        Assert.Equal(uint.MaxValue, BinaryPrimitives.ReadUInt32LittleEndian(half.Payload));
        Assert.Equal(3ul, Counted("registers.accesses-refused"));
    }

    // 6.6.1: everything back to its state after power-on, whatever is in flight.
    [Fact]
    public void AResetStopsFactorialAndTransfer()
    {
        host.Write(Status, 0x80);
        host.Write(Factorial, 1_000_000);
        Transfer(Memory, DeviceBuffer, 4096, Run | WithInterrupt);
        host.Function.Reset();
        host.Enable().EnableMsi();
        host.RunFor(Duration.FromMilliseconds(200));
        Assert.Equal((0u, 0u, 0u), (host.Read(Status), host.Read(Command), host.Read(Interrupts)));
        Assert.Empty(host.Messages);
        Assert.Empty(ram.Reads);
    }
}
