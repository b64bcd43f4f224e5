using Pcie.Fixtures.Descriptors;
using Pcie.VfioUser.Tests.Fixtures;
using static Pcie.VfioUser.Tests.Fixtures.Client;

namespace Pcie.VfioUser.Tests.Commands;

/// <summary>SET_IRQS: the card's messages raise the guest's interrupts.</summary>
public sealed class SetIrqsTests
{
    private const int Intx = 0, Msi = 1, Msix = 2, Eventfds = 0x24, Nothing = 0x21, Mask = 0x09, Unmask = 0x11;
    private const ulong IntRaise = 0x60, IntAck = 0x64;

    private static byte[] Set(int flags, int index, int start, int count) => Payload(20, flags, index, start, count);

    // Where x86 has its messages, with a vector in the data.
    private static void EnableMsi(Client client, int log2Granted = 0)
    {
        client.Write(Config, 0x54, 0xFEE0_0418u);
        client.Write(Config, 0x5C, Payload((ushort)0x20));
        client.Write(Config, 0x52, Payload((ushort)(0x180 | 1 | log2Granted << 4)));
    }

    // TEST raises each cause of the data-acquisition card.
    private static void Raise(Client client, Server server, uint causes)
    {
        var enable = server.Card.Peek(new Emulator.Control.RegisterName("INT_ENABLE", 0, 0));
        client.Write(0, enable.Offset, causes);
        client.Write(0, server.Card.Peek(new Emulator.Control.RegisterName("INT_TEST", 0, 0)).Offset, causes);
    }

    [Fact]
    public void AMessageRaisesItsInterrupt()
    {
        using var server = new Server();
        using var line = new InterruptFile();
        using (var client = server.Connect())
        {
            client.Enable();
            client.Do(SetIrqs, Set(Eventfds, Msi, 0, 1), line.Number);
            EnableMsi(client);

            client.Write(0, IntRaise, 1u);

            Assert.Equal(1ul, line.Raised());
            Assert.Equal(1ul, server.Counter("vfio-user.interrupts"));
        }
        server.SessionEnds();
    }

    [Fact]
    public void AMaskedMessageIsRaisedOnceWhenUnmasked()
    {
        using var server = new Server();
        using var line = new InterruptFile();
        using var client = server.Connect();
        client.Enable();
        client.Do(SetIrqs, Set(Eventfds, Msi, 0, 1), line.Number);
        EnableMsi(client);
        client.Write(Config, 0x60, 1u);

        client.Write(0, IntRaise, 1u);
        client.Write(0, IntRaise, 2u);
        Assert.Equal(1u, client.ReadWord(Config, 0x64));
        Assert.Equal(0ul, line.Take());
        client.Write(Config, 0x60, 0u);

        Assert.Equal(1ul, line.Raised());
    }

    [Fact]
    public void WithoutAnEventfdAMessageIsCountedAsLost()
    {
        using var server = new Server();
        using var line = new InterruptFile();
        using var client = server.Connect();
        client.Enable();
        client.Do(SetIrqs, Set(Eventfds, Msi, 0, 1), line.Number);
        EnableMsi(client);
        client.Do(SetIrqs, Set(Nothing, Msi, 0, 0));

        client.Write(0, IntRaise, 1u);

        Assert.Equal(0u, client.ReadWord(0, 0x60));
        Assert.Equal(0ul, line.Take());
        Assert.Equal(1ul, server.Counter("vfio-user.interrupts-unassigned"));
    }

    [Fact]
    public void EachMessageOfMsiHasAnInterrupt()
    {
        using var server = new Server(Server.Daq);
        var lines = Enumerable.Range(0, 8).Select(_ => new InterruptFile()).ToArray();
        using var client = server.Connect();
        client.Enable();
        client.Do(SetIrqs, Set(Eventfds, Msi, 0, 8), [.. lines.Select(line => line.Number)]);
        EnableMsi(client, log2Granted: 3);
        RouteByCause(client, server);

        Raise(client, server, 0x3);

        Assert.Equal([1ul, 1, 0, 0, 0, 0, 0, 0], lines.Select(line => line.Take()));
        foreach (var line in lines) line.Dispose();
    }

    // The table is in QEMU's hands: what reaches the server is which vectors have an eventfd.
    [Fact]
    public void AVectorOfMsixIsUnmaskedWhenItGetsAnEventfd()
    {
        using var server = new Server(Server.Daq);
        using var first = new InterruptFile();
        using var second = new InterruptFile();
        using var client = server.Connect();
        client.Enable();
        client.Write(Config, 0x72, Payload((ushort)0xC007));
        client.Do(SetIrqs, Set(Eventfds, Msix, 0, 1));
        client.Do(SetIrqs, Set(Eventfds, Msix, 0, 1), first.Number);
        client.Write(Config, 0x72, Payload((ushort)0x8007));
        RouteByCause(client, server);

        Raise(client, server, 0x3);
        Assert.Equal(1ul, first.Take());
        Assert.Equal(2u, client.ReadWord(1, 0x800));
        client.Do(SetIrqs, Set(Eventfds, Msix, 1, 1), second.Number);

        Assert.Equal(1ul, second.Raised());
        Assert.Equal(0u, client.ReadWord(1, 0x800));
    }

    [Fact]
    public void EventfdsGivenBeforeTheCardIsEnabledHold()
    {
        using var server = new Server(Server.Daq);
        using var line = new InterruptFile();
        using var client = server.Connect();
        client.Do(SetIrqs, Set(Eventfds, Msix, 0, 1), line.Number);
        client.Write(Config, 0x72, Payload((ushort)0x8007));
        client.Enable();

        Raise(client, server, 1);

        Assert.Equal(1ul, line.Raised());
    }

    [Fact]
    public void AnInterruptCanBeRaisedByTheClientItself()
    {
        using var server = new Server(Server.Daq);
        using var line = new InterruptFile();
        using var client = server.Connect();
        client.Do(SetIrqs, Set(Eventfds, Msix, 3, 1), line.Number);

        client.Do(SetIrqs, Set(Nothing, Msix, 3, 1));

        Assert.Equal(1ul, line.Take());
    }

    // The client asserts the line when it is told so, and masks it by that; it unmasks it when the guest has accessed the card.
    [Fact]
    public void TheLineIsToldOfOnceUntilItIsUnmasked()
    {
        using var server = new Server();
        using var line = new InterruptFile();
        using var client = server.Connect();
        client.Enable();
        client.Do(SetIrqs, Set(Eventfds, Intx, 0, 1), line.Number);

        client.Write(0, IntRaise, 1u);
        Assert.Equal(1ul, line.Raised());
        Assert.Equal(0x0008_0000u, client.ReadWord(Config, 4) & 0x0008_0000);
        client.Write(0, IntRaise, 2u);
        Assert.Equal(3u, client.ReadWord(0, 0x24));
        Assert.Equal(0ul, line.Take());

        // Asserted still.
        client.Do(SetIrqs, Set(Unmask, Intx, 0, 1));
        Assert.Equal(1ul, line.Raised());
        client.Write(0, IntAck, 3u);
        client.Do(SetIrqs, Set(Unmask, Intx, 0, 1));
        Assert.Equal(0u, client.ReadWord(Config, 4) & 0x0008_0000);
        Assert.Equal(0ul, line.Take());

        client.Write(0, IntRaise, 4u);
        Assert.Equal(1ul, line.Raised());
    }

    // QEMU posts the guest's write and unmasks behind it: the card is to have taken the write before its line is looked at.
    [Fact]
    public void WhatTheGuestWroteBeforeTheLineIsUnmaskedCounts()
    {
        using var server = new Server();
        using var line = new InterruptFile();
        using var client = server.Connect();
        client.Enable();
        client.Do(SetIrqs, Set(Eventfds, Intx, 0, 1), line.Number);
        for (var round = 0; round < 100; round++)
        {
            client.Write(0, IntRaise, 1u);
            Assert.Equal(1ul, line.Raised());
            client.Post(0, IntAck, 1u);
            client.Do(SetIrqs, Set(Unmask, Intx, 0, 1));
            Assert.Equal(0ul, line.Take());
        }
        Assert.Equal(100ul, server.Counter("vfio-user.interrupts"));
    }

    [Fact]
    public void AMaskedLineIsToldOfWhenUnmasked()
    {
        using var server = new Server();
        using var line = new InterruptFile();
        using var client = server.Connect();
        client.Enable();
        client.Do(SetIrqs, Set(Eventfds, Intx, 0, 1), line.Number);
        client.Do(SetIrqs, Set(Mask, Intx, 0, 1));

        client.Write(0, IntRaise, 1u);
        Assert.Equal(0ul, line.Take());
        client.Do(SetIrqs, Set(Unmask, Intx, 0, 1));

        Assert.Equal(1ul, line.Raised());
    }

    [Fact]
    public void ALineThatIsAssertedIsToldOfWhenItGetsAnEventfd()
    {
        using var server = new Server();
        using var line = new InterruptFile();
        using var client = server.Connect();
        client.Enable();
        client.Write(0, IntRaise, 1u);

        client.Do(SetIrqs, Set(Eventfds, Intx, 0, 1), line.Number);

        Assert.Equal(1ul, line.Raised());
    }

    [Fact]
    public void InterruptDisableMessagesAndResetsDeassertTheLine()
    {
        using var server = new Server();
        using var line = new InterruptFile();
        using var client = server.Connect();
        client.Enable();
        client.Do(SetIrqs, Set(Eventfds, Intx, 0, 1), line.Number);
        client.Write(0, IntRaise, 1u);
        Assert.Equal(1ul, line.Raised());

        client.Write(Config, 4, [6, 4]);
        client.Do(SetIrqs, Set(Unmask, Intx, 0, 1));
        Assert.Equal((0ul, 0x0008_0000u), (line.Take(), client.ReadWord(Config, 4) & 0x0008_0000));
        client.Write(Config, 4, [6, 0]);
        Assert.Equal(1ul, line.Raised());

        EnableMsi(client);
        client.Do(SetIrqs, Set(Unmask, Intx, 0, 1));
        Assert.Equal((0ul, 0u), (line.Take(), client.ReadWord(Config, 4) & 0x0008_0000));
        client.Write(Config, 0x52, Payload((ushort)0x180));
        Assert.Equal(1ul, line.Raised());

        client.Do(DeviceReset, []);
        client.Do(SetIrqs, Set(Unmask, Intx, 0, 1));
        Assert.Equal(0ul, line.Take());
    }

    // Whoever has not unmasked it has not looked at the card yet, whatever has become of it meanwhile.
    [Fact]
    public void ALineThatHasBeenToldOfIsNotToldOfAgainBeforeItIsUnmasked()
    {
        using var server = new Server();
        using var line = new InterruptFile();
        using var client = server.Connect();
        client.Enable();
        client.Do(SetIrqs, Set(Eventfds, Intx, 0, 1), line.Number);
        client.Write(0, IntRaise, 1u);
        Assert.Equal(1ul, line.Raised());

        client.Write(0, IntAck, 1u);
        client.Write(0, IntRaise, 1u);
        Assert.Equal((1u, 0ul), (client.ReadWord(0, 0x24), line.Take()));

        client.Do(SetIrqs, Set(Unmask, Intx, 0, 1));
        Assert.Equal(1ul, line.Raised());
    }

    [Fact]
    public void AnInterruptThatTheClientDoesNotTakeKeepsNobodyWaiting()
    {
        using var server = new Server();
        using var line = new InterruptFile(blocks: true);
        using var client = server.Connect();
        client.Enable();
        client.Do(SetIrqs, Set(Eventfds, Msi, 0, 1), line.Number);
        EnableMsi(client);
        line.Fill();

        client.Write(0, IntRaise, 1u);

        Assert.Equal(1u, client.ReadWord(0, 0x24));
    }

    [Fact]
    public void WhatIsNotRightIsRefused()
    {
        using var server = new Server(Server.Daq);
        using var line = new InterruptFile();
        using var memory = new FileInMemory(4096);
        using (var client = server.Connect())
        {
            client.Refused(22, SetIrqs, Set(Eventfds, 5, 0, 1), line.Number);
            client.Refused(22, SetIrqs, Set(Eventfds, Msix, 8, 1), line.Number);
            client.Refused(22, SetIrqs, Set(Eventfds, Msix, 7, 2), line.Number, line.Number);
            client.Refused(22, SetIrqs, Set(Eventfds, Msix, 0, 2), line.Number);
            client.Refused(22, SetIrqs, Set(Eventfds, Msix, 0, 1), line.Number, line.Number);
            client.Refused(22, SetIrqs, Set(Eventfds, Msix, 0, 2), line.Number, memory.Number);
            client.Refused(22, SetIrqs, Set(Eventfds, Msix, -1, 2), line.Number, line.Number);
            client.Refused(22, SetIrqs, Set(Eventfds, Msix, 1, -1), line.Number);
            client.Refused(22, SetIrqs, Set(Eventfds, Intx, 0, 2), line.Number, line.Number);
            client.Refused(22, SetIrqs, Set(Unmask, Intx, 0, 2));
            client.Refused(22, SetIrqs, Set(Unmask, Intx, 0, 1), line.Number);
            client.Refused(22, SetIrqs, Set(Eventfds, 3, 0, 1), line.Number);
            client.Refused(22, SetIrqs, Set(0x25, Msix, 0, 1), line.Number);
            client.Refused(22, SetIrqs, Set(0x22, Msix, 0, 1));
            client.Refused(22, SetIrqs, Set(Nothing, Msix, 0, 0), line.Number);
            client.Refused(95, SetIrqs, Set(0x11, Msix, 0, 1));
            client.Refused(22, SetIrqs, Payload(20, Eventfds, Msix, 0));
            client.Refused(22, SetIrqs, Set(Eventfds, Msix, 0, 8), [.. Enumerable.Repeat(line.Number, 17)]);
            client.Refused(22, SetIrqs, Set(Eventfds, Msix, 0, 8), [.. Enumerable.Repeat(line.Number, 60)]);
        }
        server.SessionEnds();
        server.ServesTheNext();
    }

    [Fact]
    public void WhatIsNotWholeOrHasTooMuchIsRefused()
    {
        using var server = new Server(Server.Daq);
        using var client = server.Connect();

        BadForms.AreRefused(server, client, SetIrqs, Set(Nothing, Msix, 0, 0));
        client.Refused(22, SetIrqs, Payload(19, Nothing, Msix, 0, 0));
    }

    // The one that is there goes when another comes in its place.
    [Fact]
    public void AnAssignmentThatComesTwiceHoldsOnce()
    {
        using var server = new Server(Server.Daq);
        using var first = new InterruptFile();
        using var second = new InterruptFile();
        using var client = server.Connect();

        foreach (var line in (InterruptFile[])[first, first, second]) client.Do(SetIrqs, Set(Eventfds, Msix, 3, 1), line.Number);
        client.Do(SetIrqs, Set(Nothing, Msix, 3, 1));

        Assert.Equal((0ul, 1ul, 1), (first.Take(), second.Take(), Sockets.FileDescriptor.Open));
        client.Do(SetIrqs, Set(Eventfds, Msix, 3, 1));
        Assert.Equal(0, Sockets.FileDescriptor.Open);
    }

    [Fact]
    public void AClientThatIsGoneAtAnyByteLeavesNothingBehind()
    {
        using var server = new Server(Server.Daq);
        using var line = new InterruptFile();

        BadForms.LeaveNothingWhenCutOff(server, SetIrqs, Set(Eventfds, Msix, 0, 2), line.Number, line.Number);
    }

    private static void RouteByCause(Client client, Server server) =>
        client.Write(0, server.Card.Peek(new Emulator.Control.RegisterName("INT_ROUTING", 0, 0)).Offset, 1u);
}
