using Pcie.Fixtures.Descriptors;
using Pcie.VfioUser.Tests.Fixtures;
using static Pcie.VfioUser.Tests.Fixtures.Client;

namespace Pcie.VfioUser.Tests.Commands;

/// <summary>DMA_UNMAP: what the client takes back is not touched any more, whatever the card is doing.</summary>
public sealed class DmaUnmapTests
{
    private const ulong Base = 0x100_0000;
    private const long Length = 1 << 20;
    private const int PageSize = 0x1000;

    [Fact]
    public void AfterUnmapNothingIsReached()
    {
        using var server = new Server(timeScale: EduTransfers.Fast);
        using var memory = new FileInMemory(Length);
        using var client = server.Connect();
        client.Enable();
        client.Map(Base, 0x2000, descriptors: memory.Number);
        EduTransfers.ToGuest(client, Base, 64);

        client.Unmap(Base, 0x2000);
        EduTransfers.ToGuest(client, Base, 64);

        Assert.Equal(1ul, server.Counter("vfio-user.dma-refused"));
        Assert.Equal(0, Memory.MappedFile.Mapped);
    }

    // As an IOMMU of the guest's does it: pages go and come back, some of them to be read only, while the card streams into them.
    [Fact]
    public void PagesThatGoAndComeBackWhileTheCardStreamsAreTouchedWhileTheyAreThere()
    {
        using var server = new Server(StreamingCard.Design());
        using var memory = new FileInMemory(StreamingCard.RingBytes);
        using var client = server.Connect();
        var pages = Enumerable.Range(0, StreamingCard.RingBytes / PageSize).ToArray();
        client.Enable();
        foreach (var page in pages) Map(page, flags: 3);
        StreamingCard.Start(client, server, Base);
        Until("vfio-user.dma-bytes-written", more: 2 * StreamingCard.RingBytes);

        for (var round = 0; round < 20; round++)
        {
            foreach (var page in pages.Where(IsOdd))
            {
                Unmap(page);
                if (round % 2 == 1) Map(page, flags: 1);
            }
            // What had been sent before has arrived: commands and transfers are one after the other.
            var before = pages.Where(IsOdd).Select(Held).ToList();
            Until("vfio-user.dma-refused", more: 100);
            Assert.Equal(before, pages.Where(IsOdd).Select(Held));
            foreach (var page in pages.Where(IsOdd))
            {
                Unmap(page);
                Map(page, flags: 3);
            }
            Until("vfio-user.dma-bytes-written", more: 2 * StreamingCard.RingBytes);
            Assert.DoesNotContain(pages.Where(IsOdd).Select(Held), before.Contains);
        }

        // All is there again: nothing is refused any more.
        var refused = server.Counter("vfio-user.dma-refused");
        Until("vfio-user.dma-bytes-written", more: 2 * StreamingCard.RingBytes);
        Assert.Equal(refused, server.Counter("vfio-user.dma-refused"));
        Assert.Equal(server.Counter("vfio-user.ranges-mapped"), server.Counter("vfio-user.ranges-unmapped") + (ulong)pages.Length);

        static bool IsOdd(int page) => page % 2 == 1;
        string Held(int page) => Convert.ToHexString(memory.Read(page * PageSize, PageSize));
        void Map(int page, uint flags) => client.Map(Base + (ulong)page * PageSize, PageSize, flags, (ulong)page * PageSize, memory.Number);
        void Unmap(int page) => client.Unmap(Base + (ulong)page * PageSize, PageSize);

        void Until(string counter, ulong more)
        {
            for (var from = server.Counter(counter); server.Counter(counter) < from + more;) client.ReadWord(0, 0);
        }
    }

    // The client is asked for a transfer piece by piece, and takes the range back between two.
    [Theory]
    [InlineData(EduTransfers.FromGuest)]
    [InlineData(EduTransfers.ToGuestMemory)]
    public void WhatIsTakenBackWithinATransferByMessagesIsNotAskedForAgain(uint command)
    {
        using var server = new Server(timeScale: EduTransfers.Fast);
        using var client = server.Connect(maxData: 64);
        client.Enable();
        client.Map(Base, PageSize);
        EduTransfers.Prepare(client, Base, 4096, command);
        EduTransfers.Begin(client, command);

        var asked = client.Receive()!;
        Assert.Equal((command == EduTransfers.FromGuest ? DmaRead : DmaWrite, 64ul), (asked.Command, asked.UInt64(8)));
        client.Send([.. Header(77, DmaUnmap, 40), .. Payload(24, 0, Base, (ulong)PageSize)]);
        var unmapped = client.Receive()!;
        Assert.Equal((77, IsReply), (unmapped.Id, unmapped.Flags));
        byte[] answer = [.. asked.Payload[..16], .. new byte[asked.Command == DmaRead ? 64 : 0]];
        client.Send([.. Header(asked.Id, asked.Command, 16 + answer.Length, IsReply), .. answer]);

        while ((client.ReadWord(0, 0x98) & 1) != 0)
        {
            // Not a single command of the server's comes: there would be nobody to answer it.
        }
        Assert.Equal(1ul, server.Counter("vfio-user.dma-messages"));
        Assert.True(server.Counter("vfio-user.dma-refused") >= 1);
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

    [Fact]
    public void WhatWouldCutARangeInTwoOrIsNoRangeIsRefused()
    {
        using var server = new Server();
        using var memory = new FileInMemory(Length);
        using (var client = server.Connect())
        {
            client.Map(Base, 0x3000, descriptors: memory.Number);

            client.Refused(22, DmaUnmap, Payload(24, 0, Base, 0x1000UL));
            client.Refused(22, DmaUnmap, Payload(24, 0, Base + 0x1000, 0x10000UL));
            client.Refused(22, DmaUnmap, Payload(24, 0, Base, 0UL));
            client.Refused(22, DmaUnmap, Payload(24, 0, ulong.MaxValue, 2UL));
            client.Refused(22, DmaUnmap, Payload(23, 0, Base, 0x3000UL));
            client.Refused(95, DmaUnmap, Payload(24, 1, Base, 0x3000UL));
            Assert.Equal(1, Memory.MappedFile.Mapped);
            BadForms.AreRefused(server, client, DmaUnmap, Payload(24, 0, Base, 0x3000UL));

            // Once more: it is not there, which is what was asked for.
            client.Unmap(Base, 0x3000);
            Assert.Equal(1ul, server.Counter("vfio-user.ranges-unmapped"));
        }
        server.SessionEnds();
    }

    [Fact]
    public void AClientThatIsGoneAtAnyByteLeavesNothingBehind()
    {
        using var server = new Server();

        BadForms.LeaveNothingWhenCutOff(server, DmaUnmap, Payload(24, 0, Base, 0x3000UL));
    }
}
