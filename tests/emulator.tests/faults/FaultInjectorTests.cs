using Pcie.Emulator.Faults;
using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Pci;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emulator.Tests.Faults;

/// <summary>
/// A fault is seen by the host as on silicon, the registers that record errors included. What drivers make of each is shown by the scenarios
/// <c>fault-KIND</c> (docs/faults.md).
/// <code>
/// test ──► RequestFaults ──► PciFunction ──► FaultyUplink ──► FakeHost
/// </code>
/// </summary>
public sealed class FaultInjectorTests : IRequestCompleter, ISourceFaults
{
    private const ulong Memory = 0x1000;

    private readonly FakeDevice device = new(hasLine: true);
    private readonly FakeHost host;
    private readonly FaultyUplink uplink;
    private readonly FaultInjector injector;
    private readonly List<(RequestOutcome Outcome, int Length)> completed = [];
    private readonly List<(Duration Stall, int Burst)> source = [];

    public FaultInjectorTests()
    {
        FaultyUplink? made = null;
        host = new FakeHost(device.Identity, _ => device, host => made = new FaultyUplink(host, host.Timeline, host.Tracer));
        uplink = made!;
        injector = new FaultInjector(host.Function, this, uplink, host.Timeline);
        host.Enable().EnableMsi();
    }

    private long[] Hits => [.. host.Traced(TraceKind.FaultInjected).Select(e => e.A)];

    // PCI Express Base Specification 7.5.1.1.4, 7.5.3.5, 6.2.3.2.4.1: who answers with an error has recorded it.
    [Theory]
    [InlineData(CompletionStatus.CompleterAbort, (uint)StatusError.SignaledTargetAbort, 0x1u)]
    [InlineData(CompletionStatus.UnsupportedRequest, 0u, 0x9u)]
    public void AnInjectedCompletionErrorIsRecordedAsTheFunctionsOwn(CompletionStatus status, uint error, uint deviceStatus)
    {
        injector.Inject(new Fault { Kind = FaultKind.CompletionError, At = SimTime.Zero, Status = status });
        Assert.Equal([status], AnswersToARead());
        Assert.Empty(device.Reads);
        Assert.Equal(error, host.ConfigRead(ConfigOffset.CommandStatus) & (uint)StatusError.SignaledTargetAbort);
        Assert.Equal(deviceStatus, host.ConfigRead(ConfigOffset.DeviceControl) >> 16 & 0xF);
        Assert.Equal([CompletionStatus.Successful], AnswersToARead());
    }

    [Fact]
    public void AReadIsNotAnsweredAndDoesNothingAsOftenAsAsked()
    {
        injector.Inject(new Fault { Kind = FaultKind.NoCompletion, At = SimTime.Zero, Count = 2 });
        Assert.Empty(AnswersToARead());
        Assert.Empty(AnswersToARead());
        Assert.Empty(device.Reads);
        Assert.Equal([CompletionStatus.Successful], AnswersToARead());
        Assert.Equal(2, Hits.Count(kind => kind == (long)FaultKind.NoCompletion));
    }

    // 7.5.1.1.4: Received Master Abort, Received Target Abort.
    [Theory]
    [InlineData(CompletionStatus.CompleterAbort, (uint)StatusError.ReceivedTargetAbort)]
    [InlineData(CompletionStatus.UnsupportedRequest, (uint)StatusError.ReceivedMasterAbort)]
    public void ADmaReadEndsWithTheErrorAndWithoutData(CompletionStatus status, uint error)
    {
        injector.Inject(new Fault { Kind = FaultKind.DmaReadError, At = SimTime.Zero, Status = status });
        ReadMemory();
        Assert.Equal([((RequestOutcome)status, 0)], completed);
        Assert.Equal(error, host.ConfigRead(ConfigOffset.CommandStatus) & 0x3800_0000);
        ReadMemory();
        Assert.Equal((RequestOutcome.Successful, 4), completed[1]);
    }

    [Fact]
    public void AMessageLeavesLaterAndThoseAfterItDoNotOvertakeIt()
    {
        injector.Inject(new Fault { Kind = FaultKind.MsiDelayed, At = SimTime.Zero, Duration = Duration.FromMicroseconds(9) });
        host.Port.RaiseMessage(0);
        injector.Inject(new Fault { Kind = FaultKind.MsiDelayed, At = SimTime.Zero, Duration = Duration.FromMicroseconds(1) });
        host.Port.RaiseMessage(0);
        host.RunFor(Duration.FromMicroseconds(8));
        Assert.Empty(host.Messages);
        host.RunFor(Duration.FromMicroseconds(2));
        Assert.Equal(2, host.Messages.Count);
        host.Port.RaiseMessage(0);
        Assert.Equal(3, host.Messages.Count);
    }

    [Fact]
    public void AMessageLeavesTwiceTheSecondTimeLater()
    {
        injector.Inject(new Fault { Kind = FaultKind.MsiDuplicated, At = SimTime.Zero, Duration = Duration.FromMicroseconds(5) });
        host.Port.RaiseMessage(0);
        Assert.Equal([0], host.Vectors);
        host.RunFor(Duration.FromMicroseconds(6));
        Assert.Equal([0, 0], host.Vectors);
    }

    // The function has sent it: it is in its counters, and nobody hears of it.
    [Fact]
    public void AMessageNeverLeavesAndTheFunctionDoesNotKnow()
    {
        injector.Inject(new Fault { Kind = FaultKind.MsiDropped, At = SimTime.Zero });
        host.Port.RaiseMessage(0);
        Assert.Empty(host.Messages);
        Assert.Equal(1ul, host.Port.MessagesSent);
        host.Port.RaiseMessage(0);
        Assert.Equal([0], host.Vectors);
    }

    // A header, a status block or a descriptor is shorter than 128 bytes.
    [Fact]
    public void ABitOfTheNextWriteOfDataIsWrongAndOfNothingElse()
    {
        injector.Inject(new Fault { Kind = FaultKind.CorruptedPayload, At = SimTime.Zero });
        host.Port.WriteHost(Memory, new byte[64]);
        host.Port.RaiseMessage(0);
        host.Port.WriteHost(Memory, new byte[256]);
        host.Port.WriteHost(Memory, new byte[256]);
        Assert.Equal([0, 1, 0], host.Sent.Where(s => s.Tlp.Address == Memory).Select(s => s.Payload.Sum(b => int.PopCount(b))));
    }

    [Fact]
    public void TheSourceStallsAndBurstsAsAsked()
    {
        injector.Inject(new Fault { Kind = FaultKind.SourceStall, At = SimTime.Zero, Duration = Duration.FromMilliseconds(3) });
        injector.Inject(new Fault { Kind = FaultKind.SourceBurst, At = SimTime.Zero, Count = 7 });
        Assert.Equal([(Duration.FromMilliseconds(3), 0), (Duration.Zero, 7)], source);
        Assert.Equal([(long)FaultKind.SourceStall, (long)FaultKind.SourceBurst], Hits);
    }

    [Fact]
    public void ACardWithoutASourceHasNoFaultsOfOne()
    {
        var without = new FaultInjector(host.Function, null, uplink, host.Timeline);
        var refusal = Assert.Throws<NotSupportedException>(() => without.Inject(new Fault { Kind = FaultKind.SourceStall, At = SimTime.Zero }));
        Assert.Contains("source-stall", refusal.Message, StringComparison.Ordinal);
    }

    // 6.6.2: the write is on the link whole, and its header never comes.
    [Fact]
    public void TheFunctionIsResetInTheMiddleOfTheNextTransfer()
    {
        injector.Inject(new Fault { Kind = FaultKind.FunctionReset, At = SimTime.Zero });
        host.Port.WriteHost(Memory, new byte[32]);
        host.RunFor(Duration.FromMicroseconds(1));
        Assert.Equal(0, device.Resets);
        host.Port.WriteHost(Memory, new byte[256]);
        Assert.Equal(0, device.Resets);
        host.RunFor(Duration.FromMicroseconds(1));
        Assert.Equal((1, 1ul), (device.Resets, host.Function.Counters.FunctionLevelResets));
        Assert.False(host.Port.WriteHost(Memory, new byte[32]));
    }

    // 2.9.1: with its link down a function hears nothing; what it has is as after power-on (6.6.1).
    [Fact]
    public void WhileTheLinkIsDownThePortAboveAnswersAndTheFunctionIsReset()
    {
        injector.Inject(new Fault { Kind = FaultKind.LinkDown, At = SimTime.Zero, Duration = Duration.FromMilliseconds(1) });
        Assert.Equal([CompletionStatus.UnsupportedRequest], AnswersTo(Tlp.Request(TlpKind.ConfigRead, ConfigOffset.Id, 4)));
        host.RunFor(Duration.FromMilliseconds(2));
        Assert.Equal([CompletionStatus.Successful], AnswersTo(Tlp.Request(TlpKind.ConfigRead, ConfigOffset.Id, 4)));
        Assert.Equal(0u, host.ConfigRead(ConfigOffset.CommandStatus) & 0xFFFF);
        Assert.Equal(1, device.Resets);
    }

    // 2.2.8.1: or a host that shares the line would be interrupted for ever.
    [Theory]
    [InlineData(FaultKind.LinkDown)]
    [InlineData(FaultKind.SurpriseRemoval)]
    public void ALinkThatGoesDownLeavesNoLineAsserted(FaultKind kind)
    {
        host.DisableMsi();
        host.Port.DriveLine(true);
        injector.Inject(new Fault { Kind = kind, At = SimTime.Zero, Duration = Duration.FromMilliseconds(1) });
        Assert.Equal("Assert_INTA Deassert_INTA", host.LineMessages);
    }

    [Fact]
    public void WhatIsWrittenEitherWayAndWhatWasToLeaveLaterIsLostOnALinkThatIsDown()
    {
        injector.Inject(new Fault { Kind = FaultKind.MsiDelayed, At = SimTime.Zero, Duration = Duration.FromMicroseconds(1) });
        host.Port.RaiseMessage(0);
        injector.Inject(new Fault { Kind = FaultKind.LinkDown, At = SimTime.Zero, Duration = Duration.FromMilliseconds(1) });
        injector.Receiver.Receive(Tlp.Request(TlpKind.MemoryWrite, FakeHost.BarBase, 4), new byte[4]);
        uplink.Send(Tlp.Request(TlpKind.MemoryWrite, Memory, 4), new byte[4]);
        host.RunFor(Duration.FromMicroseconds(10));
        Assert.Empty(host.Sent);
        Assert.Contains(new("faults.lost-on-link", 3), injector.Statistics);
        Assert.Contains(new("faults.link-down", 1), injector.Statistics);
    }

    [Fact]
    public void ACardThatIsPulledOutDoesNotComeBackWhateverLinkFaultsFollow()
    {
        injector.Inject(new Fault { Kind = FaultKind.LinkDown, At = SimTime.Zero, Duration = Duration.FromMilliseconds(1) });
        injector.Inject(new Fault { Kind = FaultKind.SurpriseRemoval, At = SimTime.Zero });
        injector.Inject(new Fault { Kind = FaultKind.LinkDown, At = SimTime.Zero, Duration = Duration.FromMilliseconds(1) });
        host.RunFor(Duration.FromSeconds(1));
        Assert.Equal([CompletionStatus.UnsupportedRequest], AnswersToARead());
        Assert.Equal([(long)FaultKind.LinkDown, (long)FaultKind.SurpriseRemoval], Hits);
    }

    [Fact]
    public void AScheduledFaultComesAtItsTimeAndAgainAfterItsPeriod()
    {
        injector.Schedule(new Fault { Kind = FaultKind.SourceBurst, At = new SimTime(1000), Every = new Duration(500) });
        host.RunUntil(new SimTime(1000));
        Assert.Empty(source);
        host.RunUntil(new SimTime(2001));
        Assert.Equal(3, source.Count);
    }

    [Fact]
    public void WithoutFaultsThereIsNothingOfThemInCountersAndTrace()
    {
        host.Port.RaiseMessage(0);
        host.Port.WriteHost(Memory, new byte[256]);
        Assert.Empty(injector.Statistics);
        Assert.DoesNotContain(host.Tracer.Sources, traced => traced.Name == "faults");
    }

    [Fact]
    public void KindsAreCalledAsScenariosWriteThem() => Assert.Equal(
        ["completion-error", "no-completion", "dma-read-error", "msi-delayed", "msi-duplicated", "msi-dropped", "corrupted-payload", "source-stall",
            "source-burst", "function-reset", "link-down", "surprise-removal"],
        Enum.GetValues<FaultKind>().Select(FaultInjector.NameOf));

    void IRequestCompleter.RequestCompleted(int cookie, RequestOutcome outcome, ReadOnlySpan<byte> bytes) => completed.Add((outcome, bytes.Length));

    void ISourceFaults.StallSource(Duration time) => source.Add((time, 0));

    void ISourceFaults.Burst(int chunks) => source.Add((Duration.Zero, chunks));

    private List<CompletionStatus> AnswersToARead() => AnswersTo(Tlp.Request(TlpKind.MemoryRead, FakeHost.BarBase, 4));

    private List<CompletionStatus> AnswersTo(Tlp request) => host.Answers(() => injector.Receiver.Receive(request, default));

    private void ReadMemory()
    {
        host.Sent.Clear();
        host.Port.ReadHost(Memory, 4, this, 0);
        injector.Receiver.Receive(Tlp.CompletionOf(Assert.Single(host.Sent).Tlp, CompletionStatus.Successful), new byte[4]);
    }
}
