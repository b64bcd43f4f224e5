using Pcie.VfioUser.Tests.Fixtures;
using static Pcie.VfioUser.Tests.Fixtures.Client;

namespace Pcie.VfioUser.Tests.Commands;

/// <summary>GET_INFO: what kind of device it is.</summary>
public sealed class GetInfoTests
{
    [Fact]
    public void TheDeviceIsAPciDeviceThatCanBeReset()
    {
        using var server = new Server(Server.Daq);
        using var client = server.Connect();

        var reply = client.Do(GetInfo, Payload(16, 0, 0, 0));

        Assert.Equal(Payload(16, 3, 9, 5), reply.Payload);
    }

    [Fact]
    public void WhatIsNotWholeOrHasTooMuchIsRefused()
    {
        using var server = new Server();
        using var client = server.Connect();

        BadForms.AreRefused(server, client, GetInfo, Payload(16, 0, 0, 0));
        client.Refused(22, GetInfo, Payload(15, 0, 0, 0));
        Assert.Equal(Payload(16, 3, 9, 5), client.Do(GetInfo, Payload(20, 0, 0, 0, 0)).Payload);
    }

    [Fact]
    public void AClientThatIsGoneAtAnyByteLeavesNothingBehind()
    {
        using var server = new Server();

        BadForms.LeaveNothingWhenCutOff(server, GetInfo, Payload(16, 0, 0, 0));
    }
}
