using Pcie.Pci;
using Pcie.VfioUser.Tests.Fixtures;
using static Pcie.VfioUser.Tests.Fixtures.Client;

namespace Pcie.VfioUser.Tests;

/// <summary>A client that is not QEMU: whatever it sends, the server says what it says, leaves nothing behind, and serves the next.</summary>
public sealed class HostileTests
{
    private const ulong Base = 0x100_0000;

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(65537)]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    public void AMessageWhoseSizeCannotBeEndsTheSession(int size)
    {
        using var server = new Server();
        using (var client = server.Connect())
        {
            client.Send(Header(7, RegionRead, size));
            Assert.True(client.IsClosed());
        }
        Assert.Equal(LinkDownReason.ProtocolError, server.SessionEnds().Reason);
        Assert.Equal(1ul, server.Counters.ProtocolErrors);
        server.ServesTheNext();
    }

    [Fact]
    public void RepliesThatNobodyAskedForAreCounted()
    {
        using var server = new Server();
        using var client = server.Connect();

        client.Send(Header(7, DmaRead, 16, IsReply));
        client.Send([.. Header(0, DmaWrite, 32, IsReply), .. new byte[16]]);
        client.Send(Header(1, DmaRead, 16, IsReply | IsError, 5));

        Assert.Equal(4, client.Read(Config, 0, 4).Length);
        Assert.Equal(3ul, server.Counter("vfio-user.replies-ignored"));
    }

    [Fact]
    public void MessagesThatComeByteByByteAreMessages()
    {
        using var server = new Server();
        using var memory = new FileInMemory(4096);
        using var client = server.Connect();
        byte[] map = [.. Header(1, DmaMap, 48), .. Payload(32, 3, 0UL, Base, 0x1000UL)];

        client.Send(map.AsSpan(0, 1), memory.Number);
        for (var i = 1; i < map.Length; i++) client.Send(map.AsSpan(i, 1));

        Assert.Equal(IsReply, client.Receive()!.Flags);
        Assert.Equal(1, Memory.MappedFile.Mapped);
    }

    [Fact]
    public void ManyMessagesAtOnceAreAnsweredInOrder()
    {
        using var server = new Server();
        using var client = server.Connect();
        var all = new List<byte>();
        for (ushort id = 0; id < 1000; id++) all.AddRange([.. Header(id, RegionRead, 32), .. Payload((ulong)(id % 64 * 4), Config, 4)]);

        client.Send(all.ToArray());

        for (ushort id = 0; id < 1000; id++) Assert.Equal(id, client.Receive()!.Id);
    }

    [Fact]
    public void DescriptorsBelongToTheMessageTheyCameWith()
    {
        using var server = new Server();
        using var memory = new FileInMemory(4096);
        using var client = server.Connect();
        // Three messages that are there before the server looks: the second has the descriptor.
        client.Send([.. Header(1, GetInfo, 32), .. Payload(16, 0, 0, 0)]);
        client.Send([.. Header(2, DmaMap, 48), .. Payload(32, 3, 0UL, Base, 0x1000UL)], memory.Number);
        client.Send([.. Header(3, GetInfo, 32), .. Payload(16, 0, 0, 0)]);

        foreach (var id in (ushort[])[1, 2, 3])
        {
            var reply = client.Receive()!;
            Assert.Equal((id, IsReply), (reply.Id, reply.Flags));
        }
        Assert.Equal(1, Memory.MappedFile.Mapped);
    }

    [Fact]
    public void ADescriptorWithEveryByteEndsTheSession()
    {
        using var server = new Server();
        using var memory = new FileInMemory(4096);
        using (var client = server.Connect())
        {
            var header = Header(1, DmaMap, 1000);
            client.Send(header);
            try
            {
                for (var i = 0; i < 100; i++) client.Send([0], memory.Number);
            }
            catch (Xunit.Sdk.EqualException)
            {
                // The connection is closed already.
            }
            Assert.True(client.IsClosed());
        }
        Assert.Equal(LinkDownReason.ProtocolError, server.SessionEnds().Reason);
        server.ServesTheNext();
    }

    public static TheoryData<int> BytesOfASession => [.. Enumerable.Range(1, SessionBytes().Length).Where(at => at % 3 == 0)];

    [Theory]
    [MemberData(nameof(BytesOfASession))]
    public void AClientThatIsGoneAtAnyByteLeavesNothingBehind(int bytes)
    {
        using var server = new Server();
        using var memory = new FileInMemory(4096);
        using var line = new InterruptFile();
        using (var client = server.Connect())
        {
            var session = SessionBytes();
            client.Send(session.AsSpan(0, 1), memory.Number);
            if (bytes > 1) client.Send(session.AsSpan(1, Math.Min(bytes, MapBytes) - 1));
            if (bytes > MapBytes) client.Send(session.AsSpan(MapBytes, bytes - MapBytes), line.Number);
        }
        server.SessionEnds();
        server.ServesTheNext();
    }

    [Fact]
    public void AClientThatTakesNothingDoesNotHoldUpTheCard()
    {
        using var server = new Server();
        using (var client = server.Connect())
        {
            byte[] read = [.. Header(1, RegionRead, 32), .. Payload(0UL, Config, 4096)];
            for (var i = 0; i < 40; i++) client.Send(read);

            // Its answers do not fit: the back door answers all the same, and the rest comes when the client takes it.
            Assert.Equal(0u, server.Register("INT_STATUS"));
            for (var i = 0; i < 40; i++) Assert.Equal(16 + 4096, client.Receive()!.Payload.Length);
        }
        server.SessionEnds();
    }

    [Fact]
    public void AClientThatSaysNoMoreGetsAllItsAnswers()
    {
        using var server = new Server();
        using (var client = server.Connect())
        {
            byte[] read = [.. Header(1, RegionRead, 32), .. Payload(0UL, Config, 4096)];
            for (var i = 0; i < 100; i++) client.Send(read);
            client.SayNoMore();

            for (var i = 0; i < 100; i++) Assert.Equal(16 + 4096, client.Receive()!.Payload.Length);
            Assert.True(client.IsClosed());
        }
        server.SessionEnds();
    }

    [Fact]
    public void WhoSaysNothingIsLeftAndTheNextIsServed()
    {
        using var server = new Server();
        using var silent = new Client(server.Path);

        server.ServesTheNext();

        Assert.Equal(1ul, server.Counters.ProtocolErrors);
    }

    [Fact]
    public void AReadThatTheCardNeverAnswersIsAllOnes()
    {
        using var server = new Server();
        using var client = server.Connect();
        client.Enable();
        server.Card.InjectFault(new Control.Wire.InjectFaultRequest { Kind = "no-completion" });

        Assert.Equal(uint.MaxValue, client.ReadWord(0, 0));

        Assert.Equal(0x0100_00EDu, client.ReadWord(0, 0));
        Assert.Equal(1ul, server.Counter("vfio-user.requests-unanswered"));
    }

    private const int MapBytes = 48;

    // A map with its file, an assignment with its eventfd, accesses.
    private static byte[] SessionBytes() =>
    [
        .. Header(1, DmaMap, MapBytes), .. Payload(32, 3, 0UL, Base, 0x1000UL),
        .. Header(2, SetIrqs, 36), .. Payload(20, 0x24, 1, 0, 1),
        .. Header(3, RegionWrite, 36), .. Payload(0x10UL, Config, 4, 0xE000_0000),
        .. Header(4, RegionRead, 32), .. Payload(0UL, Config, 4),
    ];
}
