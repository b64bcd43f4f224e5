using Pcie.VfioUser.Tests.Fixtures;
using static Pcie.VfioUser.Tests.Fixtures.Client;

namespace Pcie.VfioUser.Tests.Commands;

/// <summary>GET_REGION_INFO: how long BARs and configuration space are, as enumeration found it.</summary>
public sealed class GetRegionInfoTests
{
    [Theory]
    [InlineData(0, 4096u)]
    [InlineData(1, 4096u)]
    [InlineData(2, 0u)]
    [InlineData(5, 0u)]
    [InlineData(6, 0u)]
    [InlineData(7, 4096u)]
    [InlineData(8, 0u)]
    public void ARegionIsAsLongAsItsBarDecodes(int region, uint size)
    {
        using var server = new Server(Server.Daq);
        using var client = server.Connect();

        var reply = client.Do(GetRegionInfo, Payload(32, 0, region, 0, 0UL, 0UL));

        Assert.Equal(Payload(32, size == 0 ? 0 : 3, region, 0, (ulong)size, 0UL), reply.Payload);
    }

    [Fact]
    public void TheBarOfTheEduDeviceIsAMegabyte()
    {
        using var server = new Server();
        using var client = server.Connect();

        Assert.Equal(1ul << 20, client.Do(GetRegionInfo, Payload(32, 0, 0, 0, 0UL, 0UL)).UInt64(16));
    }

    [Fact]
    public void WhatIsNotThereOrNotWholeIsRefused()
    {
        using var server = new Server();
        using var client = server.Connect();

        BadForms.AreRefused(server, client, GetRegionInfo, Payload(32, 0, 7, 0, 0UL, 0UL));
        client.Refused(22, GetRegionInfo, Payload(32, 0, 9, 0, 0UL, 0UL));
        client.Refused(22, GetRegionInfo, Payload(32, 0, -1, 0, 0UL, 0UL));
        client.Refused(22, GetRegionInfo, Payload(31, 0, 0, 0, 0UL, 0UL));
    }

    // A client that has room for capabilities says so before there are any.
    [Fact]
    public void TheAnswerIsNoLongerThanWhatThereIsToSay()
    {
        using var server = new Server();
        using var client = server.Connect();

        Assert.Equal(32, client.Do(GetRegionInfo, Payload(64, 0, 0, 0, 0UL, 0UL)).Payload.Length);
        Assert.Equal(32u, client.Do(GetRegionInfo, Payload(64, 0, 0, 0, 0UL, 0UL, new byte[32])).UInt32(0));
    }

    [Fact]
    public void AClientThatIsGoneAtAnyByteLeavesNothingBehind()
    {
        using var server = new Server();

        BadForms.LeaveNothingWhenCutOff(server, GetRegionInfo, Payload(32, 0, 0, 0, 0UL, 0UL));
    }
}
