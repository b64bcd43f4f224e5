using Pcie.VfioUser.Tests.Fixtures;
using static Pcie.VfioUser.Tests.Fixtures.Client;

namespace Pcie.VfioUser.Tests;

/// <summary>GET_INFO, GET_REGION_INFO and GET_IRQ_INFO: what the device is, as enumeration found it.</summary>
public sealed class InformationTests
{
    [Fact]
    public void TheDeviceIsAPciDeviceThatCanBeReset()
    {
        using var server = new Server(Server.Daq);
        using var client = server.Connect();

        var reply = client.Do(GetInfo, Payload(16, 0, 0, 0));

        Assert.Equal(Payload(16, 3, 9, 5), reply.Payload);
    }

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

    [Theory]
    [InlineData(0, 7, 1)]
    [InlineData(1, 1, 8)]
    [InlineData(2, 1, 8)]
    [InlineData(3, 1, 0)]
    [InlineData(4, 1, 0)]
    public void InterruptsAreThoseOfTheCapabilities(int kind, int flags, int count)
    {
        using var server = new Server(Server.Daq);
        using var client = server.Connect();

        Assert.Equal(Payload(16, flags, kind, count), client.Do(GetIrqInfo, Payload(16, 0, kind, 0)).Payload);
    }

    [Fact]
    public void WhatIsNotThereIsRefused()
    {
        using var server = new Server();
        using var client = server.Connect();

        client.Refused(22, GetRegionInfo, Payload(32, 0, 9, 0, 0UL, 0UL));
        client.Refused(22, GetRegionInfo, Payload(31, 0, 0, 0, 0UL, 0UL));
        client.Refused(22, GetRegionInfo, Payload(32, 0));
        client.Refused(22, GetIrqInfo, Payload(16, 0, 5, 0));
        client.Refused(22, GetIrqInfo, []);
        foreach (ushort unknown in (ushort[])[0, 6, 11, 12, 14, 15, 16, 17, 18, 65535]) client.Refused(95, unknown, []);

        Assert.Equal(15ul, server.Counters.CommandsRefused);
        client.Do(GetInfo, Payload(16, 0, 0, 0));
    }
}
