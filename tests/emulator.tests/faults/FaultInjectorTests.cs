using Pcie.Emulator.Faults;
using Pcie.Emulator.Function;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Emulator.Tests.Faults;

/// <summary>
/// A fault is seen by the host as on silicon, the registers that record errors included. What drivers make of each is shown by the scenarios
/// <c>fault-KIND</c> (docs/faults.md).
/// <code>
/// test ──► FaultInjector ──► PciFunction ──► FaultInjector ──► FakeHost
/// </code>
/// </summary>
public sealed class FaultInjectorTests
{
    private readonly FakeDevice device = new();
    private readonly FakeHost host;
    private readonly FaultInjector injector;

    public FaultInjectorTests()
    {
        host = new FakeHost(device).Enable();
        injector = new FaultInjector(host.Function, null, host.Timeline, host.Tracer, host);
        host.Function.Link = injector;
    }

    // PCI Express Base Specification 7.5.1.1.4, 7.5.3.5, 6.2.3.2.4.1: who answers with an error has recorded it.
    [Theory]
    [InlineData(CompletionStatus.CompleterAbort, (uint)StatusError.SignaledTargetAbort, 0x1u)]
    [InlineData(CompletionStatus.UnsupportedRequest, 0u, 0x9u)]
    public void AnInjectedCompletionErrorIsRecordedAsTheFunctionsOwn(CompletionStatus status, uint error, uint deviceStatus)
    {
        injector.Inject(new Fault { Kind = FaultKind.CompletionError, At = SimTime.Zero, Status = status });
        var answered = host.Answers(() => injector.Receive(Tlp.Request(TlpKind.MemoryRead, FakeHost.BarBase, 4), default));
        Assert.Equal([status], answered);
        Assert.Empty(device.Reads);
        Assert.Equal(error, host.ConfigRead(ConfigOffset.CommandStatus) & (uint)StatusError.SignaledTargetAbort);
        Assert.Equal(deviceStatus, host.ConfigRead(ConfigOffset.DeviceControl) >> 16 & 0xF);
        Assert.Equal([CompletionStatus.Successful],
            host.Answers(() => injector.Receive(Tlp.Request(TlpKind.MemoryRead, FakeHost.BarBase, 4), default)));
    }

    // 2.9.1: with its link down a function hears nothing; what it has is as after power-on (6.6.1).
    [Fact]
    public void WhileTheLinkIsDownThePortAboveAnswersAndTheFunctionIsReset()
    {
        injector.Inject(new Fault { Kind = FaultKind.LinkDown, At = SimTime.Zero, Duration = Duration.FromMilliseconds(1) });
        Assert.Equal([CompletionStatus.UnsupportedRequest],
            host.Answers(() => injector.Receive(Tlp.Request(TlpKind.ConfigRead, ConfigOffset.Id, 4), default)));
        host.RunFor(Duration.FromMilliseconds(2));
        Assert.Equal([CompletionStatus.Successful],
            host.Answers(() => injector.Receive(Tlp.Request(TlpKind.ConfigRead, ConfigOffset.Id, 4), default)));
        Assert.Equal(0u, host.ConfigRead(ConfigOffset.CommandStatus) & 0xFFFF);
        Assert.Equal(1, device.Resets);
    }
}
