using Pcie.Emulator.Device;
using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Tests.Fidelity;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Pci;

namespace Pcie.Emulator.Tests.Function;

/// <summary>PCI Express Base Specification 5.3.1 and 7.5.2: D0, D3hot, and the way back.</summary>
public sealed class PowerManagementTests : IRequestCompleter
{
    private const uint D3Hot = 3;

    private readonly FakeDevice device = new();
    private readonly FakeHost host;

    public PowerManagementTests() => host = new FakeHost(device).Enable().EnableMsi();

    // 7.5.2.1, 7.5.2.2.
    [Fact]
    [Divergence("D1, D2, D3cold, PME, ASPM")]
    public void TheCapabilityOffersD0AndD3HotAndNeitherPmeNorNoSoftReset()
    {
        Assert.Equal(0x0003_0001u | ConfigOffset.Msi << 8, host.ConfigRead(ConfigOffset.PowerManagement));
        Assert.Equal(0u, host.ConfigRead(ConfigOffset.PowerControl));
    }

    // 5.3.1.4.1: configuration requests alone; 6.2: what is refused is recorded as in D0.
    [Fact]
    public void InD3HotConfigurationIsAnsweredAndMemoryIsUnsupported()
    {
        Enter(D3Hot);
        Assert.Equal(D3Hot, host.ConfigRead(ConfigOffset.PowerControl));
        Assert.Equal(0x0123FDA0u, host.ConfigRead(ConfigOffset.Id));
        var answer = host.Request(Tlp.Request(TlpKind.MemoryRead, FakeHost.BarBase, 4))!.Value;
        Assert.Equal(CompletionStatus.UnsupportedRequest, answer.Tlp.Status);
        host.Write(0, 1);
        Assert.Empty(device.Reads);
        Assert.Empty(device.Writes);
        Assert.Equal(2ul, host.Function.Counters.InLowPower);
        Assert.NotEqual(0u, host.ConfigRead(ConfigOffset.DeviceControl) & 1 << 19);
        Assert.NotEqual(0u, host.ConfigRead(ConfigOffset.UncorrectableStatus) & (uint)FunctionError.UnsupportedRequest);
    }

    // 5.3.1.4.1: a function in D3hot initiates no request but PME.
    [Fact]
    [Divergence("A message raised while Bus Master Enable is off, or in D3hot")]
    public void InD3HotNothingIsSentThoughEveryEnableIsOn()
    {
        Enter(D3Hot);
        Assert.False(host.Port.WriteHost(0x1000, new byte[4]));
        Assert.False(host.Port.ReadHost(0x1000, 4, this, 0));
        Assert.Equal(MessageOutcome.Lost, host.Port.RaiseMessage(0));
        Assert.Empty(host.Sent);
    }

    // 5.3.1.4, 7.5.2.2: No_Soft_Reset is 0. 7.4: sticky registers keep their values.
    [Fact]
    [Divergence("D3hot to D0")]
    public void ComingBackFromD3HotResetsTheFunction()
    {
        host.ConfigWrite(ConfigOffset.UncorrectableMask, 1 << 12);
        Enter(D3Hot);
        Assert.Equal(0, device.Resets);
        Enter(0);
        Assert.Equal(1u << 12, host.ConfigRead(ConfigOffset.UncorrectableMask));
        Assert.Equal(1, device.Resets);
        Assert.Equal(0u, host.ConfigRead(ConfigOffset.Bar0));
        Assert.Equal(0x0010_0000u, host.ConfigRead(ConfigOffset.CommandStatus));
        Assert.Equal(0, host.Port.GrantedMessages);
        Assert.Equal(1ul, host.Function.Counters.PowerResets);
        host.Enable();
        host.Read(0);
    }

    // 7.5.2.2: a state that is not supported: the write completes normally, and its data is discarded.
    [Theory]
    [InlineData(1u)]
    [InlineData(2u)]
    public void AStateThatIsNotSupportedIsDiscarded(uint state)
    {
        Enter(state);
        Assert.Equal(0u, host.ConfigRead(ConfigOffset.PowerControl));
        Enter(D3Hot);
        Enter(state);
        Assert.Equal(D3Hot, host.ConfigRead(ConfigOffset.PowerControl));
        Assert.Equal(0, device.Resets);
    }

    [Fact]
    public void WritingD0InD0ResetsNothing()
    {
        Enter(0);
        Assert.Equal(0, device.Resets);
        host.Read(0);
    }

    private void Enter(uint state) => host.ConfigWrite(ConfigOffset.PowerControl, state, count: 2);

    void IRequestCompleter.RequestCompleted(int cookie, RequestOutcome status, ReadOnlySpan<byte> bytes) =>
        Assert.Fail("No read was sent.");
}
