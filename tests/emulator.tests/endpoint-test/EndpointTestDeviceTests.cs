using System.IO.Hashing;
using Pcie.Emulator.EndpointTest;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Time;

namespace Pcie.Emulator.Tests.EndpointTest;

/// <summary>The test function of Linux' PCI endpoints, driven as the kernel's driver does (drivers/misc/pci_endpoint_test.c).</summary>
public sealed class EndpointTestDeviceTests : IDisposable
{
    private const uint Magic = 0x00, Command = 0x04, Status = 0x08, Source = 0x0C, Destination = 0x14, Size = 0x1C, Checksum = 0x20;
    private const uint Kind = 0x24, Number = 0x28;
    private const uint Line = 1, Msi = 2, Read = 8, Write = 0x10, Copy = 0x20, Raised = 0x40;
    private const ulong Ram = 0x1_0000_0000;
    private const int Elsewhere = 0x4000;

    private readonly FakeHost host = new(EndpointTestDevice.Identity, port => new EndpointTestDevice(port));
    private readonly byte[] ram;

    public EndpointTestDeviceTests()
    {
        ram = new HostRam(host).Map(Ram, 1 << 16);
        new Random(1).NextBytes(ram);
        host.Enable();
    }

    public void Dispose() => ((EndpointTestDevice)host.Device).Dispose();

    private uint Do(uint command, ulong source = Ram, ulong destination = Ram + Elsewhere, uint size = 1025, uint checksum = 0)
    {
        host.Write(Source, (uint)source);
        host.Write(Source + 4, (uint)(source >> 32));
        host.Write(Destination, (uint)destination);
        host.Write(Destination + 4, (uint)(destination >> 32));
        host.Write(Size, size);
        host.Write(Checksum, checksum);
        host.Write(Command, command);
        host.RunFor(Duration.FromMilliseconds(1));
        return host.Read(Status);
    }

    private static uint ChecksumOf(ReadOnlySpan<byte> bytes) => ~Crc32.HashToUInt32(bytes);

    [Fact]
    public void WhatIsReadIsCheckedByItsChecksum()
    {
        var checksum = ChecksumOf(ram.AsSpan(0, 1025));

        Assert.Equal(0x1 | Raised, Do(Read, checksum: checksum));
        Assert.Equal(0x2 | Raised, Do(Read, checksum: checksum + 1));
        Assert.Equal(0x82 | Raised, Do(Read, source: 0x1000));
    }

    [Fact]
    public void WhatIsWrittenHasTheChecksumAndEndsWhereItShould()
    {
        var behind = ram[(Elsewhere + 1025)..(Elsewhere + 1040)];

        Assert.Equal(0x4 | Raised, Do(Write));

        Assert.Equal(ChecksumOf(ram.AsSpan(Elsewhere, 1025)), host.Read(Checksum));
        Assert.Equal(behind, ram[(Elsewhere + 1025)..(Elsewhere + 1040)]);
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(1024u)]
    [InlineData(1027u)]
    public void ACopyIsEqual(uint size)
    {
        Assert.Equal(0x10 | Raised, Do(Copy, size: size));
        Assert.Equal(ram[..(int)size], ram[Elsewhere..(Elsewhere + (int)size)]);
    }

    [Fact]
    public void ATransferOfNothingOrOfTooMuchFails()
    {
        Assert.Equal(0x1A0u | Raised, Do(Copy, size: 0));
        Assert.Equal(0x182u | Raised, Do(Read, size: uint.MaxValue));
    }

    [Fact]
    public void TheLineIsAssertedUntilStatusIsRead()
    {
        host.Write(Command, Line);
        Assert.Equal("Assert_INTA", host.LineMessages);
        Assert.Equal(Raised, host.Read(Status));
        Assert.Equal("Assert_INTA Deassert_INTA", host.LineMessages);
    }

    [Fact]
    public void EachMessageCanBeRaisedAndNoneBeyondThoseGranted()
    {
        host.EnableMsi(5);
        for (var number = 1u; number <= 32; number++)
        {
            host.Write(Number, number);
            host.Write(Command, Msi);
        }
        host.Write(Number, 33);
        host.Write(Command, Msi);
        host.Write(Number, 0);
        host.Write(Command, Msi);
        Assert.Equal(Enumerable.Range(0, 32), host.Vectors);

        host.Write(Kind, 1);
        host.Write(Number, 7);
        Do(Write);
        Assert.Equal(6, host.Vectors[^1]);
    }

    [Fact]
    public void AResetLeavesNothing()
    {
        host.Write(Magic, 7);
        ((EndpointTestDevice)host.Device).Reset();
        Assert.Equal(0u, host.Read(Magic));
    }
}
