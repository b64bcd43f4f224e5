using System.Security.Cryptography;
using Pcie.Fixtures.Descriptors;
using Pcie.VfioUser.Tests.Fixtures;
using static Pcie.VfioUser.Tests.Fixtures.Client;

namespace Pcie.VfioUser.Tests.Commands;

/// <summary>DMA_MAP: what the device may reach of the guest's memory, and for what.</summary>
public sealed class DmaMapTests
{
    private const ulong Base = 0x100_0000;
    private const long Length = 1 << 20;

    private static byte[] Random(int length) => RandomNumberGenerator.GetBytes(length);

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
    public void ATransferMaySpanRangesThatTouch()
    {
        using var server = new Server(timeScale: EduTransfers.Fast);
        using var one = new FileInMemory(Length);
        using var other = new FileInMemory(Length, isFixed: false);
        using var client = server.Connect();
        var data = Random(4096);
        one.Write(0x2000 - 1024, data.AsSpan(0, 1024));
        other.Write(0x5000, data.AsSpan(1024));
        client.Enable();
        client.Map(Base, 0x2000, descriptors: one.Number);
        client.Map(Base + 0x2000, 0x1000, offset: 0x5000, descriptors: other.Number);

        EduTransfers.ToCard(client, Base + 0x2000 - 1024, 4096);
        EduTransfers.ToGuest(client, Base, 4096);

        Assert.Equal(data, one.Read(0, 4096));
    }

    [Fact]
    public void WhatTheRangeDoesNotAllowIsRefused()
    {
        using var server = new Server(timeScale: EduTransfers.Fast);
        using var memory = new FileInMemory(Length);
        using var client = server.Connect();
        memory.Write(0, Random(4096));
        client.Enable();
        client.Map(Base, 0x1000, flags: 1, descriptors: memory.Number);
        client.Map(Base + 0x1000, 0x1000, flags: 2, offset: 0x1000, descriptors: memory.Number);

        EduTransfers.ToCard(client, Base + 0x1000, 64);
        EduTransfers.ToGuest(client, Base, 64);
        Assert.Equal(2ul, server.Counter("vfio-user.dma-refused"));
        EduTransfers.ToCard(client, Base, 64);
        EduTransfers.ToGuest(client, Base + 0x1000, 64);

        Assert.Equal(2ul, server.Counter("vfio-user.dma-refused"));
        Assert.Equal(memory.Read(0, 64), memory.Read(0x1000, 64));
    }

    [Fact]
    public void AFileThatCanOnlyBeReadIsNotWrittenWhateverTheRangeSays()
    {
        var path = Path.GetTempFileName();
        var before = Random(4096);
        File.WriteAllBytes(path, before);
        using var server = new Server(timeScale: EduTransfers.Fast);
        using (var file = File.OpenHandle(path))
        using (var client = server.Connect())
        {
            client.Enable();
            client.Map(Base, 0x1000, flags: 3, descriptors: (int)file.DangerousGetHandle());

            EduTransfers.ToCard(client, Base + 512, 64);
            EduTransfers.ToGuest(client, Base, 64);

            Assert.Equal(1ul, server.Counter("vfio-user.dma-refused"));
        }
        server.SessionEnds();
        Assert.Equal(before, File.ReadAllBytes(path));
        File.Delete(path);
    }

    [Fact]
    public void AFileThatCameForReadingFirstIsWrittenWhereItCameForBoth()
    {
        var path = Path.GetTempFileName();
        var before = Random(4096);
        File.WriteAllBytes(path, [.. before, .. new byte[4096]]);
        using (var server = new Server(timeScale: EduTransfers.Fast))
        {
            using (var reading = File.OpenHandle(path))
            using (var both = File.OpenHandle(path, access: FileAccess.ReadWrite))
            using (var client = server.Connect())
            {
                client.Enable();
                client.Map(Base, 0x1000, flags: 1, descriptors: (int)reading.DangerousGetHandle());
                client.Map(Base + 0x1000, 0x1000, offset: 0x1000, descriptors: (int)both.DangerousGetHandle());
                client.Map(Base + 0x2000, 0x1000, offset: 0x1000, descriptors: (int)both.DangerousGetHandle());

                EduTransfers.ToCard(client, Base, 4096);
                EduTransfers.ToGuest(client, Base + 0x1000, 4096);

                Assert.Equal(0ul, server.Counter("vfio-user.dma-refused"));
                Assert.Equal(2, Sockets.FileDescriptor.Open);
            }
            server.SessionEnds();
        }
        Assert.Equal([.. before, .. before], File.ReadAllBytes(path));
        File.Delete(path);
    }

    [Theory]
    [InlineData(Base - 4, 4)]
    [InlineData(Base + 0x1000, 4)]
    [InlineData(Base + 0x2000, 4)]
    public void DmaBeyondEveryRangeChangesNothing(ulong address, int count)
    {
        using var server = new Server(timeScale: EduTransfers.Fast);
        using var memory = new FileInMemory(Length);
        using var client = server.Connect();
        client.Enable();
        client.Map(Base, 0x1000, descriptors: memory.Number);
        client.Map(Base + 0x1000 + 0x1000_0000, 0x1000, offset: 0x1000, descriptors: memory.Number);
        memory.Write(0, Random(4096));
        var before = memory.Read(0, (int)Length);

        EduTransfers.ToCard(client, address, count);
        EduTransfers.ToGuest(client, address, count);

        Assert.Equal(2ul, server.Counter("vfio-user.dma-refused"));
        Assert.Equal(before, memory.Read(0, (int)Length));
    }

    [Fact]
    public void AMemoryThatShrinksIsNoSignal()
    {
        using var server = new Server(timeScale: EduTransfers.Fast);
        using var memory = new FileInMemory(Length, isFixed: false);
        using var client = server.Connect();
        client.Enable();
        client.Map(Base, (ulong)Length, descriptors: memory.Number);
        memory.SetLength(4096);

        EduTransfers.ToCard(client, Base + 0x8000, 64);
        EduTransfers.ToCard(client, Base, 64);

        Assert.Equal(0x0100_00EDu, client.ReadWord(0, 0));
    }

    [Fact]
    public void ARangeThatCannotBeIsRefused()
    {
        using var server = new Server();
        using var memory = new FileInMemory(Length);
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
            client.Refused(22, DmaMap, Payload(31, 3, 0UL, Base, 0x1000UL));
            Assert.Equal(0, Memory.MappedFile.Mapped);

            void Refused(int errno, ulong address, ulong size, uint flags = 3, ulong offset = 0) =>
                client.Refused(errno, DmaMap, Payload(32, flags, offset, address, size), memory.Number);
        }
        server.SessionEnds();
        server.ServesTheNext();
    }

    [Fact]
    public void RangesThatOverlapOrComeTwiceAreRefused()
    {
        using var server = new Server();
        using var memory = new FileInMemory(Length);
        using (var client = server.Connect())
        {
            client.Map(Base, 0x3000, descriptors: memory.Number);

            foreach (var (address, size) in ((ulong, ulong)[])[(Base, 0x3000), (Base - 0x1000, 0x2000), (Base + 0x1000, 0x1000),
                (Base + 0x2000, 0x2000), (Base - 0x1000, 0x10000), (0, ulong.MaxValue - 0xFFF)])
                client.Refused(17, DmaMap, Payload(32, 3, 0UL, address, size));
            client.Map(Base - 0x1000, 0x1000, descriptors: memory.Number);
            client.Map(Base + 0x3000, 0x1000, descriptors: memory.Number);

            Assert.Equal(1, Memory.MappedFile.Mapped);
            Assert.Equal(3ul, server.Counter("vfio-user.ranges-mapped"));
        }
        server.SessionEnds();
    }

    [Fact]
    public void MemoryIsAFileAndOneOnly()
    {
        using var server = new Server();
        using var memory = new FileInMemory(Length);
        using var line = new InterruptFile();
        using var folder = File.OpenHandle("/proc/self/stat");
        using (var client = server.Connect())
        {
            var map = Payload(32, 3, 0UL, Base, 0x1000UL);
            client.Refused(22, DmaMap, map, line.Number);
            client.Refused(22, DmaMap, map, (int)folder.DangerousGetHandle());
            client.Refused(22, DmaMap, map, memory.Number, memory.Number);
            BadForms.AreRefused(server, client, DmaMap, map, takes: 1);
        }
        server.SessionEnds();
        server.ServesTheNext();
    }

    [Fact]
    public void AClientThatIsGoneAtAnyByteLeavesNothingBehind()
    {
        using var server = new Server();
        using var memory = new FileInMemory(Length);

        BadForms.LeaveNothingWhenCutOff(server, DmaMap, Payload(32, 3, 0UL, Base, 0x1000UL), memory.Number);
    }
}
