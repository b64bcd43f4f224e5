using Pcie.Fixtures.Descriptors;
using Pcie.VfioUser.Memory;
using Pcie.VfioUser.Messages;
using Pcie.VfioUser.Sockets;

namespace Pcie.VfioUser.Tests;

/// <summary>What the device may reach: all of a transfer, or nothing of it.</summary>
public sealed class GuestMemoryTests
{
    private const ulong Base = 0x10_0000;

    [Theory]
    [InlineData(Base, 1, "File")]
    [InlineData(Base, 0x2000, "File")]
    [InlineData(Base + 0xFFF, 2, "File")]
    [InlineData(Base + 0x1FFF, 1, "File")]
    [InlineData(Base + 0x1FFF, 2, "Message")]
    [InlineData(Base + 0x2FFF, 1, "Message")]
    [InlineData(Base + 0x2FFF, 2, "Refused")]
    [InlineData(Base - 1, 1, "Refused")]
    [InlineData(Base - 1, 2, "Refused")]
    [InlineData(Base + 0x4000, 0x1000, "File")]
    [InlineData(Base + 0x4FFF, 2, "Refused")]
    [InlineData(ulong.MaxValue, 1, "Message")]
    [InlineData(ulong.MaxValue, 2, "Refused")]
    [InlineData(ulong.MaxValue - 0x1000, 2, "Refused")]
    [InlineData(0ul, 1, "Refused")]
    public void ATransferIsAllowedAsAWhole(ulong address, int length, string reach)
    {
        Assert.SkipWhen(VfioUserListener.WhyNot is not null, "Linux only.");
        using var file = new FileInMemory(0x3000);
        using var memory = new GuestMemory();
        Map(Base, 0x1000, 0, file);
        Map(Base + 0x1000, 0x1000, 0x1000, file);
        Map(Base + 0x2000, 0x1000, 0, null);
        Map(Base + 0x4000, 0x1000, 0x2000, file);
        Map(ulong.MaxValue - 0xFFF, 0x1000, 0, null);

        Assert.Equal(Enum.Parse<GuestReach>(reach), memory.Find(address, length, toWrite: true));
        Assert.Equal(Enum.Parse<GuestReach>(reach), memory.Find(address, length, toWrite: false));

        void Map(ulong at, ulong size, ulong offset, FileInMemory? inFile) =>
            memory.Map(new DmaRange(3, offset, at, size), inFile is null ? null : new FileDescriptor(inFile.Duplicate()));
    }

    [Fact]
    public void MoreRangesThanTheServerHasSaidAreRefused()
    {
        using var memory = new GuestMemory();
        for (var i = 0ul; i < VersionMessage.MaxMaps; i++) memory.Map(Page(i), null);

        Assert.Equal(Errno.NoMemory, Assert.Throws<RequestRefusedException>(() => memory.Map(Page(VersionMessage.MaxMaps), null)).Errno);
        Assert.Equal(1, memory.Unmap(Page(7, flags: 0)));
        memory.Map(Page(VersionMessage.MaxMaps), null);
        Assert.Equal(VersionMessage.MaxMaps, memory.Count);

        static DmaRange Page(ulong number, uint flags = 3) => new(flags, 0, number * VersionMessage.PageSize, VersionMessage.PageSize);
    }
}
