using Pcie.Emulator.Device;
using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Trace;

namespace Pcie.Emulator.Tests.Function;

/// <summary>INTx: the line of a function whose host has enabled no message. PCI Express Base Specification 6.1.2, 7.5.1.1.3, 7.5.1.1.4.</summary>
public sealed class InterruptLineTests
{
    private const uint Disable = 1 << 10, Status = 1 << 19;

    private readonly FakeHost host = new FakeHost(new FakeDevice(msixEntries: 4, hasLine: true)).Enable();

    private bool IsPending => (host.ConfigRead(ConfigOffset.CommandStatus) & Status) != 0;

    private void Command(uint value) => host.ConfigWrite(ConfigOffset.CommandStatus, value, count: 2);

    [Fact]
    public void InterruptPinIsIntA() => Assert.Equal(1u, host.ConfigRead(ConfigOffset.Interrupt) >> 8 & 0xFF);

    [Fact]
    public void ALevelIsAMessageWhenItChanges()
    {
        host.Port.DriveLine(true);
        host.Port.DriveLine(true);
        Assert.True(IsPending);
        host.Port.DriveLine(false);
        host.Port.DriveLine(false);
        Assert.False(IsPending);

        Assert.Equal("Assert_INTA Deassert_INTA", host.LineMessages);
        Assert.Equal(1ul, host.Function.Counters.LineAssertions);
        Assert.Equal([1L, 0L], host.Traced(TraceKind.InterruptLine).Select(traced => traced.A));
    }

    [Fact]
    public void ACardWithoutALineSaysNothing()
    {
        var none = new FakeHost(new FakeDevice()).Enable();
        none.Port.DriveLine(true);

        Assert.Empty(none.Sent);
        Assert.Equal(0u, none.ConfigRead(ConfigOffset.CommandStatus) & Status);
    }

    // 7.5.1.1.4: Interrupt Disable has no effect on Interrupt Status.
    [Fact]
    public void InterruptDisableDeassertsAndStatusStays()
    {
        host.Port.DriveLine(true);
        Command(6 | Disable);
        Assert.Equal("Assert_INTA Deassert_INTA", host.LineMessages);
        Assert.True(IsPending);

        Command(6);
        Assert.Equal("Assert_INTA Deassert_INTA Assert_INTA", host.LineMessages);
    }

    // 7.7.1.2: while MSI is enabled the function must not use INTx.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhileMessagesAreEnabledThereIsNoLine(bool msix)
    {
        host.Port.DriveLine(true);
        if (msix) host.EnableMsix();
        else host.EnableMsi();
        Assert.Equal("Assert_INTA Deassert_INTA", host.LineMessages);
        Assert.False(IsPending);

        if (msix) host.ConfigWrite(ConfigOffset.MsixControl, 0, at: 2, count: 2);
        else host.DisableMsi();
        Assert.Equal("Assert_INTA Deassert_INTA Assert_INTA", host.LineMessages);
    }

    [Fact]
    public void AMessageIsLeftToTheLineUnlessThatIsDisabled()
    {
        Assert.Equal(MessageOutcome.LeftToLine, host.Port.RaiseMessage(0));
        Assert.Equal(0ul, host.Function.Counters.MessagesLost);
        Command(6 | Disable);
        Assert.Equal(MessageOutcome.Lost, host.Port.RaiseMessage(0));
    }

    // 7.5.1.1.3: the bit is about memory requests.
    [Fact]
    public void BusMasterEnableDoesNotConcernTheLine()
    {
        host.BusMaster(false);
        host.Port.DriveLine(true);
        Assert.Equal("Assert_INTA", host.LineMessages);
    }

    [Fact]
    public void InD3HotTheLineIsDeassertedAndTheWayBackResetsIt()
    {
        host.Port.DriveLine(true);
        host.ConfigWrite(ConfigOffset.PowerControl, 3);
        Assert.Equal("Assert_INTA Deassert_INTA", host.LineMessages);

        host.ConfigWrite(ConfigOffset.PowerControl, 0);
        Assert.Equal("Assert_INTA Deassert_INTA", host.LineMessages);
        Assert.False(IsPending);
    }

    // 6.6.2.
    [Fact]
    public void AResetOfTheFunctionDeassertsTheLine()
    {
        host.Port.DriveLine(true);
        host.ConfigWrite(ConfigOffset.DeviceControl, 1 << 15, count: 2);

        Assert.Equal("Assert_INTA Deassert_INTA", host.LineMessages);
        Assert.False(IsPending);
    }
}
