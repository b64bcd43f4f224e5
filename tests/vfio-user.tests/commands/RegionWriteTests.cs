using Pcie.VfioUser.Tests.Fixtures;
using static Pcie.VfioUser.Tests.Fixtures.Client;

namespace Pcie.VfioUser.Tests.Commands;

/// <summary>REGION_WRITE: the guest's writes, with an answer or posted.</summary>
public sealed class RegionWriteTests
{
    [Fact]
    public void AWriteOfAByteLeavesItsNeighboursAlone()
    {
        using var server = new Server();
        using var client = server.Connect();

        client.Write(Config, 0x3C, [0x5A]);
        client.Write(Config, 0x0C, [0x10, 0x77]);

        Assert.Equal(0x5A, client.Read(Config, 0x3C, 1)[0]);
        Assert.Equal(0x10, server.Config()[0x0C]);
        Assert.Equal(0, server.Config()[0x0D]);
    }

    [Fact]
    public void ABarIsSizedByWritingOnes()
    {
        using var server = new Server();
        using var client = server.Connect();

        client.Write(Config, 0x10, uint.MaxValue);

        Assert.Equal(0xFFF0_0000u, client.ReadWord(Config, 0x10));
    }

    [Fact]
    public void RegistersAreReadAndWritten()
    {
        using var server = new Server();
        using var client = server.Connect();
        client.Enable();

        Assert.Equal(0x0100_00EDu, client.ReadWord(0, 0));
        client.Write(0, 4, 0x1234_5678);
        Assert.Equal(~0x1234_5678u, client.ReadWord(0, 4));
    }

    [Fact]
    public void ARequestWithoutAReplyIsNotAnsweredEvenIfItIsWrong()
    {
        using var server = new Server();
        using var client = server.Connect();
        client.Enable();

        client.Post(0, 1 << 20, 1);
        client.Post(9, 0, 1);

        Assert.Equal(0x0100_00EDu, client.ReadWord(0, 0));
        Assert.Equal(2ul, server.Counters.CommandsRefused);
    }

    [Fact]
    public void AWriteBeyondARegionOrNotWholeIsRefused()
    {
        using var server = new Server();
        using var client = server.Connect();
        client.Enable();

        client.Refused(22, RegionWrite, Payload(0xFFEUL, Config, 4, 0));
        client.Refused(22, RegionWrite, Payload(1UL << 20, 0, 4, 0));
        client.Refused(22, RegionWrite, Payload(ulong.MaxValue, 0, 4, 0));
        client.Refused(22, RegionWrite, Payload(0UL, 2, 4, 0));
        client.Refused(22, RegionWrite, Payload(0UL, 9, 4, 0));
        client.Refused(22, RegionWrite, Payload(0UL, 0, 0));
        client.Refused(7, RegionWrite, Payload(0UL, 0, 4100, new byte[4100]));
        client.Refused(7, RegionWrite, Payload(0UL, 0, -1, 0));
        BadForms.AreRefused(server, client, RegionWrite, Payload(4UL, 0, 4, 0x1234_5678));
        Assert.Equal(~0x1234_5678u, client.ReadWord(0, 4));
    }

    [Fact]
    public void AClientThatIsGoneAtAnyByteLeavesNothingBehind()
    {
        using var server = new Server();

        BadForms.LeaveNothingWhenCutOff(server, RegionWrite, Payload(0x10UL, Config, 4, 0xE000_0000));
    }
}
