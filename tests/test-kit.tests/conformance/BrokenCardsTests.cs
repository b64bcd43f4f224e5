using Pcie.Emulator.Daq;
using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Hosting;
using Pcie.TestKit.Conformance;
using Pcie.TestKit.Devices;
using Pcie.TestKit.Emulated;
using Pcie.TestKit.Tests.Broken;

namespace Pcie.TestKit.Tests.Conformance;

/// <summary>The suite passes a sound device, and catches each broken one by the check that is about what is broken.</summary>
public sealed class BrokenCardsTests
{
    private const uint MemorySpace = 1 << 1, BusMaster = 1 << 2, PowerState = 3;

    [Fact]
    public void ASoundCardPassesEveryCheck()
    {
        var report = Run(new CardUnderTest(CardDesign.Daq(new DaqCardOptions())));

        AssertFailed(report);
        Assert.Equal(ConformanceSuite.Checks.Count, report.Passed);
    }

    [Fact]
    public void ThePlaceWhereCardsAreBrokenBreaksNothing() => AssertFailed(Run(BrokenCard.Of(() => new SoundCard())));

    [Fact]
    public void OfADeviceWithoutMsiXItIsSaidWhichChecksDoNotApplyAndWhy()
    {
        var report = Run(new CardUnderTest(CardDesign.Daq(new DaqCardOptions { MsixEntries = 0 })));

        AssertFailed(report);
        var left = report.Results.Where(r => r.Outcome == CheckOutcome.NotApplicable).ToList();
        Assert.Equal(["msix-table", "msix-mask", "msix-function-mask"], left.Select(r => r.Check.Name));
        Assert.All(left, result => Assert.Equal("the function has no MSI-X capability", result.Expectation));
    }

    [Fact]
    public void ASecondDevicePassesWhatAppliesToIt()
    {
        var report = Run(new CardUnderTest(CardDesign.Edu));

        AssertFailed(report);
        Assert.Contains("bus-master-enable", report.Results.Where(r => r.Outcome == CheckOutcome.Passed).Select(r => r.Check.Name));
    }

    [Fact]
    public void AProfileThatIsHandedInIsTheOneThatTheSuiteGoesBy()
    {
        var report = Run(new CardUnderTest(CardDesign.Edu), new LivenessAsScratch());

        Assert.StartsWith("a card of the test's [1234:11e8]", report.Device, StringComparison.Ordinal);
        Assert.Contains("read-after-write", report.Results.Where(Failed).Select(r => r.Check.Name));
    }

    [Fact]
    public void ACardThatIgnoresBusMasterEnableIsCaught() =>
        AssertFailed(Run(BrokenCard.Of(() => new TakesMemoryRequestsAsIf(ConfigOffset.CommandStatus, BusMaster, BusMaster))), "bus-master-enable");

    [Fact]
    public void ACardThatIgnoresMemorySpaceEnableIsCaught() =>
        AssertFailed(Run(BrokenCard.Of(() => new TakesMemoryRequestsAsIf(ConfigOffset.CommandStatus, MemorySpace, MemorySpace))),
            "memory-space-enable");

    [Fact]
    public void ACardThatNeverDeassertsItsLineIsCaught() =>
        AssertFailed(Run(BrokenCard.Of(() => new NeverDeassertsItsLine())), "line-interrupt");

    [Fact]
    public void ACardThatAssertsItsLineBesideMessagesIsCaught() =>
        AssertFailed(Run(BrokenCard.Of(() => new AssertsItsLineBesideMessages())), "line-interrupt");

    [Fact]
    public void ACardThatForgetsPendingOnUnmaskIsCaught() =>
        AssertFailed(Run(BrokenCard.Of(() => new ForgetsPendingOnUnmask())), "msi-mask", "mask-again");

    [Fact]
    public void ACardThatSendsItsMessageBeforeTheDataIsCaught() =>
        AssertFailed(Run(BrokenCard.Of(() => new SendsMessageBeforeData())), "data-before-message");

    [Fact]
    public void ACardThatAnswersWithTheWrongTagIsCaught() =>
        AssertFailed(Run(BrokenCard.Of(() => new AnswersWithTheWrongTag())), "completion-tags");

    [Fact]
    public void ACardThatWrapsItsBarIsCaught() => AssertFailed(Run(BrokenCard.Of(() => new WrapsItsBar())), "bar-end");

    [Fact]
    public void ACardThatClearsItsStatusOnReadIsCaught() =>
        AssertFailed(Run(BrokenCard.Of(() => new ClearsStatusOnRead())), "write-one-to-clear");

    [Fact]
    public void ACardThatKeepsItsBarsThroughResetIsCaught() =>
        AssertFailed(Run(BrokenCard.Of(() => new KeepsItsBarsThroughReset())), "function-level-reset");

    [Fact]
    public void ACardThatTakesMemoryRequestsInD3HotIsCaught() =>
        AssertFailed(Run(BrokenCard.Of(() => new TakesMemoryRequestsAsIf(ConfigOffset.PowerControl, PowerState, 0))), "power-states");

    [Fact]
    public void ACardThatSendsEachMessageTwiceIsCaught()
    {
        var report = Run(BrokenCard.Of(() => new SendsEachMessageTwice()));

        AssertFailed(report, "msi-enable", "msi-mask", "msix-mask", "msix-function-mask", "mask-again", "back-to-back");
    }

    [Fact]
    public void ACardThatSendsAgainWhenItIsUnmaskedWithoutARaiseIsCaught() =>
        AssertFailed(Run(BrokenCard.Of(() => new SendsAgainWhenUnmasked())), "mask-again");

    [Fact]
    public void ACardThatStopsAfterTwoMessagesInARowIsCaught() =>
        AssertFailed(Run(BrokenCard.Of(() => new StopsAfterTwoMessagesInARow())), "back-to-back");

    [Fact]
    public void ACardThatSizesItsBarByOneKindOfAllOnesIsCaught() =>
        AssertFailed(Run(BrokenCard.Of(() => new SizesByOneKindOfAllOnes())), "bar-probing");

    [Fact]
    public void ABarOfIoSpaceIsProbedAndElseLeftAlone()
    {
        var report = Run(BrokenCard.Of(() => new HasAnIoBar()));

        AssertFailed(report);
        Assert.Contains("BAR 1: it is of I/O space", report.Results.Single(result => result.Check.Name == "bar-sizing").NotTried);
        Assert.DoesNotContain("BARs of I/O space: there is none", report.Results.Single(result => result.Check.Name == "bar-probing").NotTried);
    }

    [Fact]
    public void WhatACheckThatPassedDidNotTryIsSaid()
    {
        var report = Run(new CardUnderTest(CardDesign.Edu));

        string[] Of(string name) => [.. report.Results.Single(result => result.Check.Name == name).NotTried];
        Assert.Equal(["a bit of the device's own: its profile names none"], Of("write-one-to-clear"));
        Assert.Equal(["MSI-X: the function has no MSI-X capability"], Of("back-to-back"));
        Assert.Contains("BARs of I/O space: there is none", Of("bar-probing"));
        Assert.Empty(Of("identification"));
    }

    [Fact]
    public void ADeviceThatNobodyKnowsIsNamedByItsIdsOnce() => Assert.Equal("the device fda0:da02",
        ConformanceSuite.Run(new CardUnderTest(CardDesign.Nvme), ConformanceSuite.Named(["identification"]), new TestBenchOptions(), null,
            TestContext.Current.CancellationToken).Device);

    private static bool Failed(CheckResult result) => result.Outcome == CheckOutcome.Failed;

    private static ConformanceReport Run(IDeviceUnderTest device, DeviceProfile? profile = null) =>
        ConformanceSuite.Run(device, ConformanceSuite.Checks, new TestBenchOptions(), null, TestContext.Current.CancellationToken, profile);

    private static void AssertFailed(ConformanceReport report, params string[] names) => Assert.True(
        report.Results.Where(Failed).Select(r => r.Check.Name).SequenceEqual(names),
        $"Expected to fail: {string.Join(", ", names)}. "
            + $"Failed:\n{string.Join('\n', report.Results.Where(Failed).Select(r => $"{r.Check.Name}: {r.Expectation}\n{r.Context}"))}");

    // It answers with the complement, which is no scratch register's.
    private sealed class LivenessAsScratch : DeviceProfile
    {
        public override string Name => "a card of the test's";
        public override RegisterMap Registers { get; } = new RegisterMap().Register("LIVENESS", 0, 0x04);
        public override string Scratch => "LIVENESS";
    }
}
