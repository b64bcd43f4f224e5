using Pcie.VfioUser.Tests.Fixtures;
using static Pcie.VfioUser.Tests.Fixtures.Client;

namespace Pcie.VfioUser.Tests.Commands;

/// <summary>GET_IRQ_INFO: how many interrupts there are of each kind.</summary>
public sealed class GetIrqInfoTests
{
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
    public void WhatIsNotThereOrNotWholeIsRefused()
    {
        using var server = new Server();
        using var client = server.Connect();

        BadForms.AreRefused(server, client, GetIrqInfo, Payload(16, 0, 1, 0));
        client.Refused(22, GetIrqInfo, Payload(16, 0, 5, 0));
        client.Refused(22, GetIrqInfo, Payload(16, 0, -1, 0));
        client.Refused(22, GetIrqInfo, Payload(15, 0, 1, 0));
    }

    [Fact]
    public void AClientThatIsGoneAtAnyByteLeavesNothingBehind()
    {
        using var server = new Server();

        BadForms.LeaveNothingWhenCutOff(server, GetIrqInfo, Payload(16, 0, 1, 0));
    }
}
