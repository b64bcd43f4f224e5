using Pcie.Fixtures.Descriptors;
using Pcie.VfioUser.Tests.Fixtures;
using static Pcie.VfioUser.Tests.Fixtures.Client;

namespace Pcie.VfioUser.Tests.Commands;

/// <summary>DEVICE_RESET, and function-level reset by the guest itself.</summary>
public sealed class DeviceResetTests
{
    [Fact]
    public void AResetBringsBackTheStateAfterPowerOn()
    {
        using var server = new Server();
        var fresh = server.Config();
        using var client = server.Connect();
        client.Enable();
        client.Write(0, 4, 0x1234_5678);
        // Max_Payload_Size and Common Clock Configuration, which function-level reset leaves alone.
        client.Write(Config, 0x88, Payload((ushort)0x2930));
        client.Write(Config, 0x90, Payload((ushort)0x40));

        client.Do(DeviceReset, []);

        Assert.Equal(fresh, client.Read(Config, 0, 4096));
        Assert.Equal(1ul, server.Counter("function.function-level-resets"));
        client.Enable();
        Assert.Equal(0u, client.ReadWord(0, 4));
    }

    [Fact]
    public void FunctionLevelResetIsAConfigurationWrite()
    {
        using var server = new Server(Server.Daq);
        using var line = new InterruptFile();
        using var client = server.Connect();
        client.Enable();
        client.Do(SetIrqs, Payload(20, 0x24, 2, 0, 1), line.Number);
        client.Write(Config, 0x72, Payload((ushort)0x8007));

        client.Write(Config, 0x88, Payload((ushort)0xA930));

        Assert.Equal(1ul, server.Counter("function.function-level-resets"));
        Assert.Equal(0u, client.ReadWord(Config, 4) & 0xFFFF);
        // QEMU answers for BARs itself, so that the guest does not find them gone; the rest is programmed anew, the table of MSI-X with it.
        Assert.Equal(0xE000_0000u, client.ReadWord(Config, 0x10));
        client.Write(Config, 4, [6, 0]);
        client.Write(Config, 0x72, Payload((ushort)0x8007));
        client.Write(0, server.Card.Peek(new Emulator.Control.RegisterName("INT_ENABLE", 0, 0)).Offset, 1u);
        client.Write(0, server.Card.Peek(new Emulator.Control.RegisterName("INT_TEST", 0, 0)).Offset, 1u);
        Assert.Equal(1ul, line.Raised());
    }

    [Fact]
    public void AResetHasNoPayload()
    {
        using var server = new Server();
        using var client = server.Connect();

        BadForms.AreRefused(server, client, DeviceReset, []);
        client.Do(DeviceReset, []);

        Assert.Equal(2ul, server.Counter("function.function-level-resets"));
    }

    [Fact]
    public void AClientThatIsGoneAtAnyByteLeavesNothingBehind()
    {
        using var server = new Server();

        BadForms.LeaveNothingWhenCutOff(server, DeviceReset, []);
    }
}
