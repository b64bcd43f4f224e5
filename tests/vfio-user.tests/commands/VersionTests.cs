using System.Text;
using Pcie.Fixtures.Descriptors;
using Pcie.Pci;
using Pcie.VfioUser.Tests.Fixtures;
using static Pcie.VfioUser.Tests.Fixtures.Client;

namespace Pcie.VfioUser.Tests.Commands;

/// <summary>VERSION: who may begin.</summary>
public sealed class VersionTests
{
    // As QEMU 11.1.3 sends it.
    private const string OfQemu = """
        {"capabilities": {"pgsizes": 4096, "max_msg_fds": 16, "max_dma_maps": 65535, "max_data_xfer_size": 1048576, "migration": {"max_bitmap_size": 268435456, "pgsize": 4096}, "write_multiple": true}}
        """;

    [Fact]
    public void TheFirstMessageOfQemuIsAnsweredWithWhatTheServerCanDo()
    {
        using var server = new Server();
        using var client = new Client(server.Path);

        var reply = client.Do(Client.Version, Payload((ushort)0, (ushort)0, OfQemu.Trim()));

        Assert.Equal(0u, reply.UInt32(0));
        Assert.Equal("""{"capabilities":{"max_msg_fds":16,"max_data_xfer_size":4096,"pgsizes":4096,"max_dma_maps":65535}}""" + "\0",
            Encoding.ASCII.GetString(reply.Payload[4..]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"capabilities":{}}""")]
    [InlineData("""{"capabilities":3,"more":[1,2]}""")]
    public void AClientNeedNotSayWhatItCanDo(string capabilities)
    {
        using var server = new Server();
        using var client = new Client(server.Path);

        client.Do(Client.Version, Payload((ushort)0, (ushort)7, capabilities));

        Assert.Equal(4, client.Read(Config, 0, 4).Length);
    }

    [Theory]
    [InlineData(95, (ushort)1, "{}")]
    [InlineData(22, (ushort)0, "{")]
    [InlineData(22, (ushort)0, "{} {}")]
    [InlineData(22, (ushort)0, "{}\0more")]
    [InlineData(22, (ushort)0, """{"capabilities":{"max_data_xfer_size":0}}""")]
    [InlineData(22, (ushort)0, """{"capabilities":{"max_data_xfer_size":"much"}}""")]
    public void AVersionThatIsNotSpokenIsRefused(int errno, ushort major, string capabilities)
    {
        using var server = new Server();
        using (var client = new Client(server.Path))
        {
            client.Refused(errno, Client.Version, Payload(major, (ushort)0, capabilities));
            Assert.True(client.IsClosed());
        }
        server.ServesTheNext();
    }

    [Fact]
    public void WhoBeginsWithSomethingElseIsRefused()
    {
        using var server = new Server();
        using (var client = new Client(server.Path))
        {
            client.Refused(22, GetInfo, Payload(16, 0, 0, 0));
            Assert.True(client.IsClosed());
        }
        server.ServesTheNext();
    }

    [Fact]
    public void AVersionThatIsCutShortIsRefusedAndTheNextClientIsServed()
    {
        using var server = new Server();
        var whole = Payload((ushort)0, (ushort)0, """{"capabilities":{"max_msg_fds":16}}""");
        // Without capabilities it is whole, and without the NUL behind them.
        foreach (var length in Enumerable.Range(0, whole.Length - 1).Where(length => length != 4))
        {
            using var client = new Client(server.Path);
            client.Refused(22, Client.Version, whole[..length]);
            Assert.True(client.IsClosed());
        }
        server.ServesTheNext();
    }

    [Fact]
    public void AVersionHasNeitherFlagsNorFileDescriptors()
    {
        using var server = new Server();
        using var line = new InterruptFile();
        var payload = Payload((ushort)0, (ushort)0, "{}");
        foreach (var flags in (uint[])[2, IsError, 0x40])
        {
            using var client = new Client(server.Path);
            client.RefusedAs(flags, 22, Client.Version, payload);
        }
        foreach (var descriptors in (int[])[1, 17, 60])
        {
            using var client = new Client(server.Path);
            client.Refused(22, Client.Version, payload, [.. Enumerable.Repeat(line.Number, descriptors)]);
        }
        server.ServesTheNext();
    }

    [Fact]
    public void AClientThatIsGoneAtAnyByteLeavesNothingBehind()
    {
        using var server = new Server();
        using var line = new InterruptFile();
        var payload = Payload((ushort)0, (ushort)0, "{}");
        byte[] message = [.. Header(0, Client.Version, 16 + payload.Length), .. payload];
        for (var bytes = 0; bytes < message.Length; bytes++)
        {
            using var client = new Client(server.Path);
            if (bytes > 0) client.Send(message.AsSpan(0, bytes), line.Number);
        }
        server.ServesTheNext();
        Assert.Equal((ulong)message.Length, server.Counters.ProtocolErrors);
    }

    [Fact]
    public void TheVersionIsSaidOnce()
    {
        using var server = new Server();
        using var client = server.Connect();

        client.Refused(95, Client.Version, Payload((ushort)0, (ushort)0, "{}"));
    }

    [Fact]
    public void TheSecondClientIsTurnedAwayWhileTheFirstIsThere()
    {
        using var server = new Server();
        using var first = server.Connect();
        using (var second = new Client(server.Path))
        {
            second.Refused(16, Client.Version, Payload((ushort)0, (ushort)0, "{}"));
            Assert.True(second.IsClosed());
        }

        Assert.Equal(4, first.Read(Config, 0, 4).Length);
        Assert.Equal(1ul, server.Counters.RefusedOwned);
        first.Dispose();
        server.SessionEnds();
        server.ServesTheNext();
    }

    [Fact]
    public void WhileAnotherHostOwnsTheCardAGuestIsTurnedAway()
    {
        using var server = new Server();
        Assert.Null(server.Claim.Take("somebody over gRPC"));
        using (var client = new Client(server.Path)) client.Refused(16, Client.Version, Payload((ushort)0, (ushort)0, "{}"));

        server.Claim.Release();
        server.ServesTheNext();
    }

    [Fact]
    public void WhileAGuestOwnsTheCardItIsTaken()
    {
        var process = $", process {Environment.ProcessId}";
        using var server = new Server();
        using (var client = server.Connect())
        {
            client.Read(Config, 0, 4);
            Assert.EndsWith(process, server.Claim.Take("somebody over gRPC"), StringComparison.Ordinal);
            Assert.EndsWith(process, server.Card.GetStatistics().HostName, StringComparison.Ordinal);
        }
        Assert.Equal(LinkDownReason.Detached, server.SessionEnds().Reason);
        Assert.Null(server.Claim.Take("somebody over gRPC"));
    }
}
