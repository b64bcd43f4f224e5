using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Tests.Fidelity;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Pci;

namespace Pcie.Emulator.Tests.Function;

/// <summary>PCI Express Base Specification 7.5.3 and 6.6.2: sizes, Device Status, function-level reset.</summary>
public sealed class ExpressCapabilityTests : IRequestCompleter
{
    private const uint FunctionLevelReset = 1 << 15;
    private const uint TransactionsPending = 1 << 21;

    private readonly FakeDevice device = new();
    private readonly FakeHost host;
    private int completed;

    public ExpressCapabilityTests() => host = new FakeHost(device).Enable();

    private uint Control
    {
        get => host.ConfigRead(ConfigOffset.DeviceControl);
        set => host.ConfigWrite(ConfigOffset.DeviceControl, value, count: 2);
    }

    // 7.5.3.15: no range of completion timeouts, no way to disable it.
    [Fact]
    [Divergence("Completion timeout")]
    public void TheCompletionTimeoutIsNotProgrammable()
    {
        Assert.Equal(0u, host.ConfigRead(ConfigOffset.DeviceCapabilities2));
        host.ConfigWrite(ConfigOffset.DeviceControl2, uint.MaxValue);
        Assert.Equal(0u, host.ConfigRead(ConfigOffset.DeviceControl2));
    }

    // 7.5.3.6 to 7.5.3.8, 7.5.3.18, 7.5.3.19, 7.7.3.
    [Fact]
    [Divergence("Link")]
    public void TheLinkHasFourLanesOf8GTransfersWhateverSoftwareAsksOfIt()
    {
        const uint Speed = 3, Lanes = 4, Retrain = 1 << 5;
        host.ConfigWrite(ConfigOffset.LinkControl, Retrain, count: 2);
        host.ConfigWrite(ConfigOffset.LinkControl2, 1, count: 2);
        Assert.Equal(Lanes << 4 | Speed, host.ConfigRead(ConfigOffset.LinkCapabilities) & 0x3FF);
        Assert.Equal(Lanes << 4 | Speed, host.ConfigRead(ConfigOffset.LinkControl) >> 16 & 0x3FF);
        // 7.5.3.20: a link at 8 GT/s has been equalized.
        Assert.Equal(0xFu, host.ConfigRead(ConfigOffset.LinkControl2) >> 17);
        Assert.Equal((Speed, 0xEu), (host.ConfigRead(ConfigOffset.LinkControl2) & 0xF, host.ConfigRead(ConfigOffset.LinkCapabilities2) & 0xFE));
        // Advanced Error Reporting is the last of the extended capabilities.
        Assert.Equal(0u, host.ConfigRead(ConfigOffset.AdvancedErrors) >> 20);
    }

    // 7.5.3.4: defaults of Device Control.
    [Fact]
    public void AfterResetPayloadsAreOf128BytesAndReadsOf512() => Assert.Equal((128, 512, 0x2910u), Sizes());

    // 7.5.3.4: Max_Payload_Size, Max_Read_Request_Size.
    [Fact]
    public void EverySizeThatTheHostWritesCountsUpToWhatIsSupported()
    {
        for (var payload = 0; payload < 8; payload++)
            for (var read = 0; read < 8; read++)
            {
                Control = (uint)(payload << 5 | read << 12);
                Assert.Equal(Math.Min(128 << payload, 512), host.Port.MaxPayloadSize);
                Assert.Equal(Math.Min(128 << read, 4096), host.Port.MaxReadRequestSize);
            }
    }

    // 7.5.3.5.
    [Fact]
    public void TransactionsArePendingWhileAReadIsInFlight()
    {
        Assert.Equal(0u, Control & TransactionsPending);
        host.Port.ReadHost(0x1000, 4, this, 0);
        Assert.NotEqual(0u, Control & TransactionsPending);
        host.Function.Receive(Tlp.CompletionOf(host.Sent[0].Tlp, CompletionStatus.Successful), new byte[4]);
        Assert.Equal(0u, Control & TransactionsPending);
    }

    // 6.6.2.
    [Fact]
    public void FunctionLevelResetIsAnsweredAndThenEverythingIsAsAfterPowerOnButMaxPayloadSize()
    {
        host.EnableMsi(2);
        host.Port.ReadHost(0x1000, 4, this, 0);
        Control = FunctionLevelReset | 1 << 5;
        Assert.Equal((1, 1), (device.Resets, completed));
        Assert.Equal((256, 512, 0x2930u), Sizes());
        Assert.Equal(0u, host.ConfigRead(ConfigOffset.Bar0));
        Assert.Equal(0x0010_0000u, host.ConfigRead(ConfigOffset.CommandStatus));
        Assert.Equal(0, host.Port.GrantedMessages);
        Assert.Equal(1ul, host.Function.Counters.FunctionLevelResets);
    }

    // 6.6.2: what the link's two ends have agreed on is not the function's to forget.
    [Fact]
    public void FunctionLevelResetLeavesReadCompletionBoundaryCommonClockAndExtendedSynch()
    {
        host.ConfigWrite(ConfigOffset.LinkControl, 0xFFFF, count: 2);
        Control = FunctionLevelReset;
        Assert.Equal(0x00C8u, host.ConfigRead(ConfigOffset.LinkControl) & 0xFFFF);
        host.Function.LinkWentDown(new LinkDown(LinkDownReason.PeerGone, "gone"));
        Assert.Equal(0u, host.ConfigRead(ConfigOffset.LinkControl) & 0xFFFF);
    }

    // 6.6.2, 2.3.2.
    [Fact]
    [Divergence("Function-level reset")]
    public void ACompletionOfBeforeAFunctionLevelResetIsUnexpectedAfterIt()
    {
        host.Port.ReadHost(0x1000, 4, this, 0);
        Control = FunctionLevelReset;
        host.Function.Receive(Tlp.CompletionOf(host.Sent[0].Tlp, CompletionStatus.Successful), new byte[4]);
        Assert.Equal((1, 1L), (completed, host.Function.Requester.UnexpectedCompletions));
    }

    // 2.2.5: a byte that is not enabled is not written.
    [Fact]
    public void OtherBytesOfDeviceControlResetNothing()
    {
        host.ConfigWrite(ConfigOffset.DeviceControl, 0xFF, count: 1);
        host.ConfigWrite(ConfigOffset.DeviceControl, 0xFFFF_FFFF, at: 2, count: 2);
        Assert.Equal(0, device.Resets);
    }

    // 6.6.1: a link that goes down is a conventional reset.
    [Fact]
    public void ALinkThatGoesDownTakesMaxPayloadSizeWithIt()
    {
        Control = 1 << 5;
        host.Function.LinkWentDown(new LinkDown(LinkDownReason.PeerGone, "gone"));
        Assert.Equal(128, host.Port.MaxPayloadSize);
    }

    private (int Payload, int Read, uint Control) Sizes() =>
        (host.Port.MaxPayloadSize, host.Port.MaxReadRequestSize, Control & 0xFFFF);

    void IRequestCompleter.RequestCompleted(int cookie, RequestOutcome status, ReadOnlySpan<byte> bytes) => completed++;
}
