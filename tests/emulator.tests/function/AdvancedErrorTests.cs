using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Tests.Fidelity;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Emulator.Tests.Function;

/// <summary>PCI Express Base Specification 6.2 and 7.8.4: what each error leaves in Status, Device Status and AER.</summary>
public sealed class AdvancedErrorTests : IRequestCompleter
{
    private const uint Advisory = 1 << 13;
    private const uint Correctable = 1 << 16, NonFatal = 1 << 17, Fatal = 1 << 18, Unsupported = 1 << 19;
    private const uint AllReports = 0xF;

    private readonly FakeDevice device = new();
    private readonly FakeHost host;

    public AdvancedErrorTests() => host = new FakeHost(device).Enable();

    private uint Uncorrectable => host.ConfigRead(ConfigOffset.UncorrectableStatus);

    private uint DeviceStatus => host.ConfigRead(ConfigOffset.DeviceControl) & 0x000F_0000;

    private uint FirstError => host.ConfigRead(ConfigOffset.ErrorControl) & 0x1F;

    private uint[] Log => [.. Enumerable.Range(0, 4).Select(i => host.ConfigRead(ConfigOffset.HeaderLog + 4 * (uint)i))];

    private (ulong Correctable, ulong NonFatal, ulong Fatal) Reported => (host.Function.Counters.CorrectableErrorMessages,
        host.Function.Counters.NonFatalErrorMessages, host.Function.Counters.FatalErrorMessages);

    // 7.8.4.3, 7.8.4.4, 7.8.4.6: defaults.
    [Fact]
    public void AfterPowerOnAdvisoryErrorsAreMaskedAndMalformedPacketsAreFatal()
    {
        Assert.Equal(0x0002_0001u, host.ConfigRead(ConfigOffset.AdvancedErrors));
        Assert.Equal(0u, host.ConfigRead(ConfigOffset.UncorrectableMask));
        Assert.Equal(0x0004_0010u, host.ConfigRead(ConfigOffset.UncorrectableSeverity));
        Assert.Equal(Advisory, host.ConfigRead(ConfigOffset.CorrectableMask));
    }

    // 6.2.5, 7.8.4.2, 7.5.3.5.
    [Theory]
    [InlineData(FunctionError.UnsupportedRequest, NonFatal | Unsupported)]
    [InlineData(FunctionError.CompleterAbort, NonFatal)]
    [InlineData(FunctionError.CompletionTimeout, NonFatal)]
    [InlineData(FunctionError.MalformedTlp, Fatal)]
    public void AnErrorThatIsNotAdvisorySetsItsBitAndItsKind(FunctionError error, uint kind)
    {
        Cause(error);
        Assert.Equal(((uint)error, kind, 0u), (Uncorrectable, DeviceStatus, host.ConfigRead(ConfigOffset.CorrectableStatus)));
        Assert.Equal((uint)error, 1u << (int)FirstError);
    }

    [Theory]
    [InlineData(FunctionError.UnsupportedRequest, Correctable | Unsupported)]
    [InlineData(FunctionError.CompleterAbort, Correctable)]
    [InlineData(FunctionError.UnexpectedCompletion, Correctable)]
    public void AnAdvisoryErrorIsCorrectableAndGoesNoFurtherWhileItIsMasked(FunctionError error, uint kind)
    {
        // 6.2.3.2.4, 6.2.4.3.
        CauseAdvisory(error);
        Assert.Equal((0u, kind, Advisory), (Uncorrectable, DeviceStatus, host.ConfigRead(ConfigOffset.CorrectableStatus)));
        host.ConfigWrite(ConfigOffset.CorrectableMask, 0);
        CauseAdvisory(error);
        Assert.Equal(((uint)error, kind), (Uncorrectable, DeviceStatus));
        Assert.Equal((uint)error, 1u << (int)FirstError);
    }

    // 6.2.3.2.4: only what is non-fatal is advisory; 7.8.4.4: software says which is.
    [Theory]
    [InlineData(FunctionError.UnsupportedRequest)]
    [InlineData(FunctionError.CompleterAbort)]
    [InlineData(FunctionError.UnexpectedCompletion)]
    public void AnErrorThatSoftwareCallsFatalIsNotAdvisory(FunctionError error)
    {
        host.ConfigWrite(ConfigOffset.UncorrectableSeverity, uint.MaxValue);
        CauseAdvisory(error);
        Assert.Equal(((uint)error, Fatal), (Uncorrectable, DeviceStatus & (Fatal | Correctable | NonFatal)));
    }

    // 7.4: RW1C and RW1CS.
    [Fact]
    public void EveryStatusBitIsClearedByWritingOneAndByNothingElse()
    {
        Cause(FunctionError.UnsupportedRequest);
        Cause(FunctionError.MalformedTlp);
        host.ConfigWrite(ConfigOffset.UncorrectableStatus, 0);
        host.ConfigWrite(ConfigOffset.UncorrectableStatus, (uint)FunctionError.MalformedTlp);
        Assert.Equal((uint)FunctionError.UnsupportedRequest, Uncorrectable);
        host.ConfigWrite(ConfigOffset.DeviceControl, 0x000F_0000, at: 2, count: 2);
        Assert.Equal(0u, DeviceStatus);
    }

    // 6.2.4.2, 7.8.4.7, 7.8.4.8.
    [Fact]
    [Divergence("Header log")]
    public void TheHeaderLogKeepsTheFirstErrorUntilItIsCleared()
    {
        host.Request(Tlp.Request(TlpKind.MemoryWrite, 0x1_2345_6000, 8), new byte[8]);
        // MWr of two DWs with four DWs of header, all bytes enabled.
        Assert.Equal([0x6000_0002u, 0x0000_00FFu, 0x1u, 0x2345_6000u], [Log[0], Log[1] & 0xFFFF_00FF, Log[2], Log[3]]);
        // No requester ID.
        Assert.Equal(0u, Log[1] >> 16);
        var first = Log;
        Cause(FunctionError.MalformedTlp);
        Assert.Equal(20u, FirstError);
        Assert.Equal(first, Log);
        host.ConfigWrite(ConfigOffset.UncorrectableStatus, (uint)FunctionError.UnsupportedRequest);
        host.Request(Tlp.Request(TlpKind.MemoryWrite, 0x50_0004, 1), new byte[4]);
        Assert.Equal([0x4000_0001u, 0x1u, 0x50_0004u, 0u], [Log[0], Log[1] & 0xFFFF_00FF, Log[2], Log[3]]);
    }

    // 6.2.4.2: with the status bit of the first error there is none. A masked error of the same kind does not take its place.
    [Fact]
    public void AMaskedErrorAfterTheFirstWasClearedLeavesTheLogFree()
    {
        Cause(FunctionError.UnsupportedRequest);
        host.ConfigWrite(ConfigOffset.UncorrectableStatus, (uint)FunctionError.UnsupportedRequest);
        Assert.Equal(0u, FirstError);
        host.ConfigWrite(ConfigOffset.UncorrectableMask, (uint)FunctionError.UnsupportedRequest);
        Cause(FunctionError.UnsupportedRequest);
        Cause(FunctionError.CompleterAbort);
        Assert.Equal((uint)FunctionError.CompleterAbort, 1u << (int)FirstError);
        Assert.Equal((uint)FakeHost.BarBase, Log[2]);
    }

    // 7.8.4.8, 2.2.7 to 2.2.9.
    [Fact]
    [Divergence("Header log")]
    public void ReadsConfigurationRequestsAndCompletionsAreLoggedByTheirOwnHeaders()
    {
        host.ConfigWrite(ConfigOffset.CorrectableMask, 0);
        Assert.Equal(0x0000_0001u, Logged(() => host.Request(Tlp.Request(TlpKind.MemoryRead, 0x50_0000, 4))));
        Assert.Equal(0x0400_0002u, Logged(() => host.Request(Tlp.Request(TlpKind.ConfigRead, 0, 8))));
        Assert.Equal(0x4400_0002u, Logged(() => host.Request(Tlp.Request(TlpKind.ConfigWrite, 0, 8), new byte[8])));
        Assert.Equal(0x4A00_0001u, Logged(() => CauseAdvisory(FunctionError.UnexpectedCompletion)));
        Assert.Equal(0u, Logged(() => Cause(FunctionError.CompletionTimeout)));
        // 2.2.1: 1024 DWs are written as 0; more are not on any bus.
        Assert.Equal(0u, Logged(() => host.Request(Tlp.Request(TlpKind.MemoryRead, 0x50_0000, 4096))));
        Assert.Equal(1u, Logged(() => host.Request(Tlp.Request(TlpKind.MemoryRead, 0x50_0000, 4100))));
    }

    [Fact]
    public void AMaskedErrorSetsItsBitAndIsNeitherLoggedNorReported()
    {
        // 6.2.3.2.2.
        Report(AllReports);
        host.ConfigWrite(ConfigOffset.UncorrectableMask, (uint)FunctionError.UnsupportedRequest);
        Cause(FunctionError.UnsupportedRequest);
        Assert.Equal((uint)FunctionError.UnsupportedRequest, Uncorrectable);
        Assert.Equal([0u, 0, 0, 0], Log);
        Assert.Equal((0ul, 0ul, 0ul), Reported);
    }

    // 6.2.5, 6.2.6, 7.5.3.4.
    [Fact]
    [Divergence("Error messages")]
    public void EachEnableReportsItsKindOfError_ForEveryCombination()
    {
        host.ConfigWrite(ConfigOffset.CorrectableMask, 0);
        for (var enables = 0u; enables <= AllReports; enables++)
        {
            Report(enables);
            var before = Reported;
            CauseAdvisory(FunctionError.UnexpectedCompletion);
            Cause(FunctionError.CompletionTimeout);
            Cause(FunctionError.MalformedTlp);
            Cause(FunctionError.UnsupportedRequest);
            var unsupported = enables >> 3 & 1;
            Assert.Equal((enables & 1, (enables >> 1 & 1) * (1 + unsupported), enables >> 2 & 1),
                (Reported.Correctable - before.Correctable, Reported.NonFatal - before.NonFatal, Reported.Fatal - before.Fatal));
        }
    }

    // 6.2.6, 7.5.1.1.3, 7.5.1.1.4.
    [Fact]
    public void SerrEnableReportsUncorrectableErrorsAndLeavesSignaledSystemError()
    {
        Report(0);
        host.ConfigWrite(ConfigOffset.CommandStatus, 0x106, count: 2);
        CauseAdvisory(FunctionError.UnexpectedCompletion);
        Assert.Equal(0u, host.ConfigRead(ConfigOffset.CommandStatus) & (uint)StatusError.SignaledSystemError);
        Cause(FunctionError.UnsupportedRequest);
        Assert.NotEqual(0u, host.ConfigRead(ConfigOffset.CommandStatus) & (uint)StatusError.SignaledSystemError);
        Assert.Equal((0ul, 1ul, 0ul), Reported);
    }

    [Fact]
    public void APostedWriteThatIsAbortedSignalsTargetAbortToo()
    {
        // 7.5.1.1.4.
        host.Request(Tlp.Request(TlpKind.MemoryWrite, FakeHost.BarBase, 16), new byte[16]);
        Assert.NotEqual(0u, host.ConfigRead(ConfigOffset.CommandStatus) & (uint)StatusError.SignaledTargetAbort);
    }

    [Fact]
    public void EveryErrorHasACounterByName()
    {
        Cause(FunctionError.CompletionTimeout);
        CauseAdvisory(FunctionError.UnexpectedCompletion);
        host.ConfigWrite(0xF00, 1);
        host.ConfigWrite(ConfigOffset.UncorrectableMask, 1);
        var statistics = host.Function.Statistics.ToDictionary();
        string[] names =
        [
            "completion-timeouts", "unexpected-completions", "configuration-unmapped-writes", "configuration-reserved-writes",
        ];
        Assert.All(names, name => Assert.Equal(1ul, statistics[$"function.{name}"]));
    }

    [Fact]
    [Divergence("Reset kinds")]
    public void ErrorsOutliveEveryResetOfTheFunction()
    {
        // 7.4: sticky registers.
        host.ConfigWrite(ConfigOffset.UncorrectableMask, 1 << 12);
        Cause(FunctionError.UnsupportedRequest);
        var (status, log) = (Uncorrectable, Log);
        host.ConfigWrite(ConfigOffset.DeviceControl, 1 << 15, count: 2);
        host.Function.LinkWentDown(new LinkDown(LinkDownReason.PeerGone, "gone"));
        Assert.Equal((status, 1u << 12, 20u), (Uncorrectable, host.ConfigRead(ConfigOffset.UncorrectableMask), FirstError));
        Assert.Equal(log, Log);
        Assert.Equal(0u, DeviceStatus);
    }

    private void Report(uint enables) => host.ConfigWrite(ConfigOffset.DeviceControl, enables, count: 2);

    private void Cause(FunctionError error)
    {
        switch (error)
        {
            case FunctionError.UnsupportedRequest:
                host.Request(Tlp.Request(TlpKind.MemoryWrite, 0x50_0000, 4), new byte[4]);
                break;
            case FunctionError.CompleterAbort:
                host.Request(Tlp.Request(TlpKind.MemoryWrite, FakeHost.BarBase, 16), new byte[16]);
                break;
            case FunctionError.CompletionTimeout:
                host.Port.ReadHost(0x1000, 4, this, 0);
                host.RunFor(Duration.FromMilliseconds(20));
                break;
            default:
                host.AnswersTo(new Tlp { Kind = TlpKind.MemoryWrite, Address = FakeHost.BarBase, Length = 8 }, new byte[4]);
                break;
        }
    }

    private void CauseAdvisory(FunctionError error)
    {
        if (error == FunctionError.UnexpectedCompletion)
            host.AnswersTo(new Tlp { Kind = TlpKind.Completion, Tag = 3, Length = 4 }, new byte[4]);
        else if (error == FunctionError.CompleterAbort) host.Request(Tlp.Request(TlpKind.MemoryRead, FakeHost.BarBase, 16));
        else host.Request(Tlp.Request(TlpKind.MemoryRead, 0x50_0000, 4));
    }

    private uint Logged(Action cause)
    {
        host.ConfigWrite(ConfigOffset.UncorrectableStatus, uint.MaxValue);
        cause();
        return Log[0];
    }

    void IRequestCompleter.RequestCompleted(int cookie, RequestOutcome status, ReadOnlySpan<byte> bytes)
    {
    }
}
