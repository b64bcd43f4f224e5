using System.Security.Cryptography;
using Pcie.Pci;
using Pcie.VfioUser.Tests.Fixtures;
using static Pcie.VfioUser.Tests.Fixtures.Client;

namespace Pcie.VfioUser.Tests;

/// <summary>DMA_MAP, DMA_UNMAP, and the card's reads and writes of the guest's memory, by files and by messages.</summary>
public sealed class MemoryTests
{
    private const ulong Base = 0x100_0000, Buffer = 0x40000;
    private const long Length = 1 << 20;

    // DMA of the edu device takes 100 ms of its time.
    private const double Fast = 1000;

    private static byte[] Random(int length) => RandomNumberGenerator.GetBytes(length);

    // Reads from the guest into the card's buffer, or back.
    private static void Transfer(Client client, ulong source, ulong destination, int count, uint command)
    {
        client.Write(0, 0x80, Payload(source));
        client.Write(0, 0x88, Payload(destination));
        client.Write(0, 0x90, Payload((ulong)count));
        client.Write(0, 0x98, command);
        while ((client.ReadWord(0, 0x98) & 1) != 0)
        {
            // The card is at it.
        }
    }

    private static void ToCard(Client client, ulong address, int count) => Transfer(client, address, Buffer, count, 1);

    private static void ToGuest(Client client, ulong address, int count) => Transfer(client, Buffer, address, count, 3);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TheCardReadsAndWritesMemoryThroughItsFile(bool isFixed)
    {
        using var server = new Server(timeScale: Fast);
        using var memory = new FileInMemory(Length, isFixed);
        var data = Random(4096);
        memory.Write(0x3000, data);
        using (var client = server.Connect())
        {
            client.Enable();
            client.Map(Base, (ulong)Length, descriptors: memory.Number);

            ToCard(client, Base + 0x3000, 4096);
            ToGuest(client, Base + 0x8000, 4096);

            Assert.Equal(data, memory.Read(0x8000, 4096));
            Assert.Equal(0, client.Commands);
            Assert.Equal(4096ul, server.Counter("vfio-user.dma-bytes-written"));
            Assert.Equal(4096ul, server.Counter("vfio-user.dma-bytes-read"));
        }
        Assert.Equal(LinkDownReason.Detached, server.SessionEnds().Reason);
    }

    [Fact]
    public void ATransferMaySpanRangesThatTouch()
    {
        using var server = new Server(timeScale: Fast);
        using var one = new FileInMemory(Length);
        using var other = new FileInMemory(Length, isFixed: false);
        using var client = server.Connect();
        var data = Random(4096);
        one.Write(0x2000 - 1024, data.AsSpan(0, 1024));
        other.Write(0x5000, data.AsSpan(1024));
        client.Enable();
        client.Map(Base, 0x2000, descriptors: one.Number);
        client.Map(Base + 0x2000, 0x1000, offset: 0x5000, descriptors: other.Number);

        ToCard(client, Base + 0x2000 - 1024, 4096);
        ToGuest(client, Base, 4096);

        Assert.Equal(data, one.Read(0, 4096));
    }

    [Fact]
    public void OneFileInManyRangesIsOpenedOnce()
    {
        using var server = new Server();
        using var memory = new FileInMemory(Length);
        using var client = server.Connect();

        for (var i = 0ul; i < 200; i++) client.Map(Base + i * 0x2000, 0x1000, offset: i * 0x1000, descriptors: memory.Number);

        Assert.Equal(1, Memory.MappedFile.Mapped);
        Assert.Equal(0, Sockets.FileDescriptor.Open);
        client.Unmap(Base, 200 * 0x2000);
        Assert.Equal(0, Memory.MappedFile.Mapped);
    }

    [Fact]
    public void MemoryWithoutAFileIsAskedFor()
    {
        using var server = new Server(timeScale: Fast);
        using var client = server.Connect();
        var memory = Random(0x2000);
        var data = memory[..4096];
        client.OnCommand = message => Serve(message, memory);
        client.Enable();
        client.Map(Base, 0x2000);

        ToCard(client, Base, 4096);
        ToGuest(client, Base + 0x1000, 4096);
        // A register is read while DMA is answered: the last of it may still be on its way. What was asked for before an answer comes before it.
        while (server.Counter("vfio-user.dma-bytes-written") < 4096) client.ReadWord(0, 0);
        client.ReadWord(0, 0);

        Assert.Equal(data, memory[0x1000..]);
        Assert.True(client.Commands >= 2);
    }

    [Fact]
    public void AReadThatTheClientRefusesIsAnUnsupportedRequest()
    {
        using var server = new Server(timeScale: Fast);
        using var client = server.Connect();
        client.OnCommand = _ => null;
        client.Enable();
        client.Map(Base, 0x1000);

        ToCard(client, Base, 4096);
        ToGuest(client, Base, 4096);
        while (server.Counter("vfio-user.dma-refused") < 2) client.ReadWord(0, 0);

        // The client's refusal is counted before the card hears of it.
        Assert.Contains(Enumerable.Range(0, 10_000), _ => (client.ReadWord(Config, 4) & 0x2000_0000) != 0);
    }

    [Fact]
    public void WhatTheRangeDoesNotAllowIsRefused()
    {
        using var server = new Server(timeScale: Fast);
        using var memory = new FileInMemory(Length);
        using var client = server.Connect();
        memory.Write(0, Random(4096));
        client.Enable();
        client.Map(Base, 0x1000, flags: 1, descriptors: memory.Number);
        client.Map(Base + 0x1000, 0x1000, flags: 2, offset: 0x1000, descriptors: memory.Number);

        ToCard(client, Base + 0x1000, 64);
        ToGuest(client, Base, 64);
        Assert.Equal(2ul, server.Counter("vfio-user.dma-refused"));
        ToCard(client, Base, 64);
        ToGuest(client, Base + 0x1000, 64);

        Assert.Equal(2ul, server.Counter("vfio-user.dma-refused"));
        Assert.Equal(memory.Read(0, 64), memory.Read(0x1000, 64));
    }

    [Theory]
    [InlineData(Base - 4, 4)]
    [InlineData(Base + 0x1000, 4)]
    [InlineData(Base + 0x2000, 4)]
    public void DmaBeyondEveryRangeChangesNothing(ulong address, int count)
    {
        using var server = new Server(timeScale: Fast);
        using var memory = new FileInMemory(Length);
        using var client = server.Connect();
        client.Enable();
        client.Map(Base, 0x1000, descriptors: memory.Number);
        client.Map(Base + 0x1000 + 0x1000_0000, 0x1000, offset: 0x1000, descriptors: memory.Number);
        memory.Write(0, Random(4096));
        var before = memory.Read(0, (int)Length);

        ToCard(client, address, count);
        ToGuest(client, address, count);

        Assert.Equal(2ul, server.Counter("vfio-user.dma-refused"));
        Assert.Equal(before, memory.Read(0, (int)Length));
    }

    [Fact]
    public void AfterUnmapNothingIsReached()
    {
        using var server = new Server(timeScale: Fast);
        using var memory = new FileInMemory(Length);
        using var client = server.Connect();
        client.Enable();
        client.Map(Base, 0x2000, descriptors: memory.Number);
        ToGuest(client, Base, 64);

        client.Unmap(Base, 0x2000);
        ToGuest(client, Base, 64);

        Assert.Equal(1ul, server.Counter("vfio-user.dma-refused"));
        Assert.Equal(0, Memory.MappedFile.Mapped);
    }

    [Fact]
    public void WithoutBusMasterEnableNothingIsReached()
    {
        using var server = new Server(timeScale: Fast);
        using var memory = new FileInMemory(Length);
        using var client = server.Connect();
        client.Enable();
        client.Map(Base, 0x2000, descriptors: memory.Number);
        client.Write(Config, 4, [2, 0]);

        ToGuest(client, Base, 64);

        Assert.Equal(0ul, server.Counter("vfio-user.dma-bytes-written"));
        Assert.Equal(1ul, server.Counter("function.bus-master-disabled"));
    }

    [Fact]
    public void AMemoryThatShrinksIsNoSignal()
    {
        using var server = new Server(timeScale: Fast);
        using var memory = new FileInMemory(Length, isFixed: false);
        using var client = server.Connect();
        client.Enable();
        client.Map(Base, (ulong)Length, descriptors: memory.Number);
        memory.SetLength(4096);

        ToCard(client, Base + 0x8000, 64);
        ToCard(client, Base, 64);

        Assert.Equal(0x0100_00EDu, client.ReadWord(0, 0));
    }

    [Fact]
    public void ARangeThatCannotBeIsRefused()
    {
        using var server = new Server();
        using var memory = new FileInMemory(Length);
        using var pipe = new InterruptFile();
        using (var client = server.Connect())
        {
            Refused(22, Base, 0);
            Refused(22, Base + 1, 0x1000);
            Refused(22, Base, 0x1001);
            Refused(22, Base, 0x1000, offset: 0x10);
            Refused(22, ulong.MaxValue - 0xFFF, 0x2000);
            Refused(22, Base, 0x1000, flags: 0);
            Refused(22, Base, 0x1000, flags: 7);
            Refused(22, Base, 0x1000, offset: (ulong)Length);
            Refused(22, Base, (ulong)Length + 0x1000);
            Refused(22, Base, 0x1000, offset: ulong.MaxValue - 0xFFF);
            client.Refused(22, DmaMap, Payload(32, 3, 0UL, Base, 0x1000UL), pipe.Number);
            client.Refused(22, DmaMap, Payload(32, 3, 0UL, Base, 0x1000UL), memory.Number, memory.Number);
            client.Refused(22, DmaMap, Payload(31, 3, 0UL, Base, 0x1000UL));
            client.Refused(22, DmaMap, Payload(32, 3, 0UL, Base));
            client.Refused(22, GetInfo, Payload(16, 0, 0, 0), memory.Number);
            client.Map(Base, 0x3000, descriptors: memory.Number);
            foreach (var address in (ulong[])[Base - 0x1000, Base, Base + 0x1000, Base + 0x2000]) Refused(17, address, 0x2000);
            client.Refused(22, DmaUnmap, Payload(24, 0, Base, 0x1000UL));
            client.Refused(22, DmaUnmap, Payload(24, 0, Base + 0x1000, 0x10000UL));
            client.Refused(22, DmaUnmap, Payload(24, 0, Base, 0UL));
            client.Refused(22, DmaUnmap, Payload(24, 0, ulong.MaxValue, 2UL));
            client.Refused(95, DmaUnmap, Payload(24, 1, Base, 0x3000UL));

            Assert.Equal(1, Memory.MappedFile.Mapped);

            void Refused(int errno, ulong address, ulong size, uint flags = 3, ulong offset = 0) =>
                client.Refused(errno, DmaMap, Payload(32, flags, offset, address, size), memory.Number);
        }
        server.SessionEnds();
        server.ServesTheNext();
    }

    [Fact]
    public void UnmappingWhatWasNeverMappedSucceeds()
    {
        using var server = new Server();
        using var memory = new FileInMemory(Length);
        using var client = server.Connect();

        client.Unmap(0, 1UL << 63);
        client.Unmap(1UL << 63, 1UL << 63);
        client.Map(Base, 0x1000, descriptors: memory.Number);
        client.Unmap(0, 1UL << 63);
        Assert.Equal(0, Memory.MappedFile.Mapped);
        client.Map(Base, 0x1000, descriptors: memory.Number);
        client.Do(DmaUnmap, Payload(24, 2, 0UL, 0UL));
        Assert.Equal(0, Memory.MappedFile.Mapped);
    }

    private static byte[]? Serve(Message message, byte[] memory)
    {
        var (at, count) = ((int)(message.UInt64(0) - Base), (int)message.UInt64(8));
        if (message.Command == DmaRead) return [.. message.Payload, .. memory[at..(at + count)]];
        Assert.Equal((DmaWrite, 16 + count), (message.Command, message.Payload.Length));
        message.Payload.AsSpan(16).CopyTo(memory.AsSpan(at));
        return message.Payload[..16];
    }
}
