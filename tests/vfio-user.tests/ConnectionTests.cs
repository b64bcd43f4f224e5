using Pcie.Fixtures.Descriptors;
using Pcie.Pci;
using Pcie.VfioUser.Tests.Fixtures;
using static Pcie.VfioUser.Tests.Fixtures.Client;

namespace Pcie.VfioUser.Tests;

/// <summary>
/// Messages and their file descriptors as they come over a connection, whichever command it is: in pieces, many at once, of a size that cannot be,
/// and from a client that does not listen. What is wrong with a command is in the command's own file.
/// </summary>
public sealed class ConnectionTests
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
            catch (IOException)
            {
                // The connection is closed already.
            }
            Assert.True(client.IsClosed());
        }
        Assert.Equal(LinkDownReason.ProtocolError, server.SessionEnds().Reason);
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
}
