using Pcie.Fixtures.Descriptors;
using Pcie.VfioUser.Tests.Fixtures;
using static Pcie.VfioUser.Tests.Fixtures.Client;

namespace Pcie.VfioUser.Tests.Commands;

/// <summary>Commands that this server does not carry out, the server's own when a client sends them, and numbers that are none.</summary>
public sealed class UnknownCommandTests
{
    [Theory]
    [InlineData(0, "none")]
    [InlineData(6, "GET_REGION_IO_FDS")]
    [InlineData(11, "DMA_READ")]
    [InlineData(12, "DMA_WRITE")]
    [InlineData(14, "none")]
    [InlineData(15, "REGION_WRITE_MULTI")]
    [InlineData(16, "DEVICE_FEATURE")]
    [InlineData(17, "MIG_DATA_READ")]
    [InlineData(18, "MIG_DATA_WRITE")]
    [InlineData(65535, "none")]
    public void WhatIsNotCarriedOutIsRefusedWhateverItHas(int command, string name)
    {
        using var server = new Server();
        using var line = new InterruptFile();
        using var client = server.Connect();

        foreach (var length in (int[])[0, 1, 16, 4096, (64 << 10) - 16]) client.Refused(95, (ushort)command, new byte[length]);
        client.Refused(22, (ushort)command, new byte[16], line.Number);
        client.RefusedAs(IsError, 22, (ushort)command, new byte[16]);

        Assert.True(server.Counters.CommandsRefused == 7, $"{name}: {server.Counters.CommandsRefused} refusals were counted; expected 7");
        client.Do(GetInfo, Payload(16, 0, 0, 0));
        Assert.Equal(0, Sockets.FileDescriptor.Open);
    }

    [Fact]
    public void AClientThatIsGoneAtAnyByteLeavesNothingBehind()
    {
        using var server = new Server();
        using var line = new InterruptFile();

        BadForms.LeaveNothingWhenCutOff(server, 15, new byte[32], line.Number);
    }
}
