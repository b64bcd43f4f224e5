using System.Security.Cryptography;
using Pcie.Fixtures.Descriptors;
using Pcie.VfioUser.Tests.Fixtures;
using static Pcie.VfioUser.Tests.Fixtures.Client;

namespace Pcie.VfioUser.Tests.Commands;

/// <summary>DMA_READ, which the server sends: memory without a file is read by asking for it.</summary>
public sealed class DmaReadTests
{
    private const ulong Base = 0x100_0000;

    public static TheoryData<string> Wrong => [.. BadReplies.Kinds];

    [Fact]
    public void MemoryWithoutAFileIsAskedFor()
    {
        using var server = new Server(timeScale: EduTransfers.Fast);
        using var memory = new FileInMemory(4096);
        using var client = server.Connect();
        var data = RandomNumberGenerator.GetBytes(4096);
        client.OnCommand = message => [.. message.Payload, .. data.AsSpan((int)(message.UInt64(0) - Base), (int)message.UInt64(8))];
        client.Enable();
        client.Map(Base, 0x1000);
        client.Map(Base + 0x1000, 0x1000, descriptors: memory.Number);

        EduTransfers.ToCard(client, Base, 4096);
        EduTransfers.ToGuest(client, Base + 0x1000, 4096);

        Assert.Equal(data, memory.Read(0, 4096));
        Assert.Equal(4096ul, server.Counter("vfio-user.dma-bytes-read"));
        Assert.True(client.Commands >= 1);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void AnAnswerThatIsNoneIsAnUnsupportedRequest(string what)
    {
        using var server = new Server(timeScale: EduTransfers.Fast);
        using var line = new InterruptFile();
        using (var client = server.Connect())
        {
            client.Enable();
            client.Map(Base, 0x1000);
            EduTransfers.Prepare(client, Base, 4096, EduTransfers.FromGuest);
            EduTransfers.Begin(client, EduTransfers.FromGuest);
            var asked = client.Receive()!;
            Assert.Equal(DmaRead, asked.Command);

            BadReplies.Send(client, asked, what, line.Number);

            while ((client.ReadWord(0, 0x98) & 1) != 0)
            {
                // Until the card has heard of it.
            }
            Assert.Equal(1ul, server.Counter("vfio-user.dma-refused"));
            Assert.Equal(0ul, server.Counter("vfio-user.dma-bytes-read"));
            // Received Master Abort: what the function says of an unsupported request.
            Assert.NotEqual(0u, client.ReadWord(Config, 4) & 0x2000_0000);
        }
        server.SessionEnds();
        server.ServesTheNext();
    }

    [Fact]
    public void RepliesOfWrongNumbersOrThatComeTwiceAreIgnoredAndCounted()
    {
        using var server = new Server(timeScale: EduTransfers.Fast);
        using var client = server.Connect();
        client.Enable();
        client.Map(Base, 0x1000);
        EduTransfers.Prepare(client, Base, 128, EduTransfers.FromGuest);
        client.Send([.. Header(7, DmaRead, 32 + 128, IsReply), .. new byte[16 + 128]]);
        EduTransfers.Begin(client, EduTransfers.FromGuest);
        var asked = client.Receive()!;
        var right = BadReplies.Right(asked);

        client.Send([.. Header((ushort)(asked.Id + 1), DmaRead, 16 + 16 + 128, IsReply), .. asked.Payload, .. new byte[128]]);
        client.Send(right);
        client.Send(right);

        while ((client.ReadWord(0, 0x98) & 1) != 0)
        {
            // Until the card has it.
        }
        Assert.Equal(3ul, server.Counter("vfio-user.replies-ignored"));
        Assert.Equal(128ul, server.Counter("vfio-user.dma-bytes-read"));
        Assert.Equal(0ul, server.Counter("vfio-user.dma-refused"));
    }

    [Fact]
    public void AClientThatIsGoneAtAnyByteOfItsAnswerLeavesNothingBehind()
    {
        using var server = new Server(timeScale: EduTransfers.Fast);
        using var line = new InterruptFile();
        for (var bytes = 1; bytes <= 32 + 8; bytes++)
        {
            using (var client = server.Connect())
            {
                client.Enable();
                client.Map(Base, 0x1000);
                EduTransfers.Prepare(client, Base, 8, EduTransfers.FromGuest);
                EduTransfers.Begin(client, EduTransfers.FromGuest);
                client.Send(BadReplies.Right(client.Receive()!).AsSpan(0, bytes), line.Number);
            }
            server.SessionEnds();
        }
        server.ServesTheNext();
    }
}
