using System.Security.Cryptography;
using Pcie.Fixtures.Descriptors;
using Pcie.Pci;
using Pcie.VfioUser.Tests.Fixtures;
using static Pcie.VfioUser.Tests.Fixtures.Client;

namespace Pcie.VfioUser.Tests.Commands;

/// <summary>DMA_WRITE, which the server sends: memory without a file is written by asking for it. And writes by files.</summary>
public sealed class DmaWriteTests
{
    private const ulong Base = 0x100_0000;
    private const long Length = 1 << 20;

    public static TheoryData<string> Wrong => [.. BadReplies.Kinds];

    private static byte[] Random(int length) => RandomNumberGenerator.GetBytes(length);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TheCardReadsAndWritesMemoryThroughItsFile(bool isFixed)
    {
        using var server = new Server(timeScale: EduTransfers.Fast);
        using var memory = new FileInMemory(Length, isFixed);
        var data = Random(4096);
        memory.Write(0x3000, data);
        using (var client = server.Connect())
        {
            client.Enable();
            client.Map(Base, (ulong)Length, descriptors: memory.Number);

            EduTransfers.ToCard(client, Base + 0x3000, 4096);
            EduTransfers.ToGuest(client, Base + 0x8000, 4096);

            Assert.Equal(data, memory.Read(0x8000, 4096));
            Assert.Equal(0, client.Commands);
            Assert.Equal(4096ul, server.Counter("vfio-user.dma-bytes-written"));
            Assert.Equal(4096ul, server.Counter("vfio-user.dma-bytes-read"));
        }
        Assert.Equal(LinkDownReason.Detached, server.SessionEnds().Reason);
    }

    [Fact]
    public void MemoryWithoutAFileIsWrittenByMessages()
    {
        using var server = new Server(timeScale: EduTransfers.Fast);
        using var memory = new FileInMemory(4096);
        using var client = server.Connect();
        var data = Random(4096);
        var written = new byte[4096];
        memory.Write(0, data);
        client.OnCommand = message =>
        {
            Assert.Equal((DmaWrite, 16 + (int)message.UInt64(8)), (message.Command, message.Payload.Length));
            message.Payload.AsSpan(16).CopyTo(written.AsSpan((int)(message.UInt64(0) - Base)));
            return message.Payload[..16];
        };
        client.Enable();
        client.Map(Base, 0x1000);
        client.Map(Base + 0x1000, 0x1000, descriptors: memory.Number);

        EduTransfers.ToCard(client, Base + 0x1000, 4096);
        EduTransfers.ToGuest(client, Base, 4096);
        // A register is read while DMA is answered: the last of it may still be on its way. What was asked for before an answer comes before it.
        while (server.Counter("vfio-user.dma-bytes-written") < 4096) client.ReadWord(0, 0);

        Assert.Equal(data, written);
        Assert.True(client.Commands >= 1);
    }

    // QEMU allows for what it sends what the server has said of what it takes: 4096 bytes.
    [Fact]
    public void NoMessageHasMoreDataThanTheServerHasSaid()
    {
        using var server = new Server(StreamingCard.Design(chunk: 10_000));
        using var client = server.Connect();
        var longest = 0ul;
        client.OnCommand = message =>
        {
            longest = Math.Max(longest, message.UInt64(8));
            return message.Payload[..16];
        };
        client.Enable();
        client.Map(Base, 0x10_0000);
        StreamingCard.Start(client, server, Base, slotSize: 0x4000);

        while (server.Counter("vfio-user.dma-bytes-written") < 100_000) client.ReadWord(0, 0);

        Assert.Equal(4096ul, longest);
        Assert.Equal(0ul, server.Counter("vfio-user.dma-refused"));
    }

    // A posted write has no answer: the card hears nothing, and the counters tell.
    [Theory]
    [MemberData(nameof(Wrong))]
    public void AnAnswerThatIsNoneIsCounted(string what)
    {
        using var server = new Server(timeScale: EduTransfers.Fast);
        using var line = new InterruptFile();
        using (var client = server.Connect())
        {
            client.Enable();
            client.Map(Base, 0x1000);
            EduTransfers.Prepare(client, Base, 128, EduTransfers.ToGuestMemory);
            EduTransfers.Begin(client, EduTransfers.ToGuestMemory);
            var asked = client.Receive()!;
            Assert.Equal(DmaWrite, asked.Command);

            BadReplies.Send(client, asked, what, line.Number);

            Assert.Equal(0x0100_00EDu, client.ReadWord(0, 0));
            Assert.Equal(1ul, server.Counter("vfio-user.dma-refused"));
            Assert.Equal(0ul, server.Counter("vfio-user.dma-bytes-written"));
        }
        server.SessionEnds();
    }

    [Fact]
    public void AnAnswerMayBeAHeaderAlone()
    {
        using var server = new Server(timeScale: EduTransfers.Fast);
        using var client = server.Connect();
        client.Enable();
        client.Map(Base, 0x1000);
        client.OnCommand = _ => [];

        EduTransfers.ToGuest(client, Base, 128);
        while (server.Counter("vfio-user.dma-bytes-written") < 128) client.ReadWord(0, 0);

        Assert.Equal(0ul, server.Counter("vfio-user.dma-refused"));
    }

    [Fact]
    public void WithoutBusMasterEnableNothingIsReached()
    {
        using var server = new Server(timeScale: EduTransfers.Fast);
        using var memory = new FileInMemory(Length);
        using var client = server.Connect();
        client.Enable();
        client.Map(Base, 0x2000, descriptors: memory.Number);
        client.Write(Config, 4, [2, 0]);

        EduTransfers.ToGuest(client, Base, 64);

        Assert.Equal(0ul, server.Counter("vfio-user.dma-bytes-written"));
        Assert.Equal(1ul, server.Counter("function.bus-master-disabled"));
    }

    [Fact]
    public void AClientThatIsGoneAtAnyByteOfItsAnswerLeavesNothingBehind()
    {
        using var server = new Server(timeScale: EduTransfers.Fast);
        for (var bytes = 1; bytes <= 32; bytes++)
        {
            using (var client = server.Connect())
            {
                client.Enable();
                client.Map(Base, 0x1000);
                EduTransfers.Prepare(client, Base, 8, EduTransfers.ToGuestMemory);
                EduTransfers.Begin(client, EduTransfers.ToGuestMemory);
                client.Send(BadReplies.Right(client.Receive()!).AsSpan(0, bytes));
            }
            server.SessionEnds();
        }
        server.ServesTheNext();
    }
}
