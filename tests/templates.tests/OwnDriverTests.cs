using Pcie.DriverModel.Framework;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Study;
using Pcie.Emulator.Hosting;
using Pcie.OneProcess;
using Pcie.Scenario;

namespace Pcie.Templates.Tests;

/// <summary>A driver of somebody's in a run: its keys, its counters, its losses, its account.</summary>
public sealed class OwnDriverTests
{
    private const string Short = "[run]\nduration = \"1ms\"\n";

    [Fact]
    public void ItsCountersArePrintedAndStandInTheReport()
    {
        var report = Run(Short, MyDriver.Design);

        Assert.True(report.Expect.Passed, string.Join('\n', report.Expect.Failures));
        var factorials = report.Driver["factorials"];
        Assert.InRange(factorials, 100, 1000);
        Assert.Contains($"driver      {factorials} factorials, 0 wrong", RunSummary.Of(report), StringComparison.Ordinal);
        Assert.Equal(factorials, (long)report.ToJson()["driver"]!["factorials"]!);
    }

    [Theory]
    [InlineData("== 0", "driver.factorials: expected == 0, got ")]
    [InlineData(">= 1", null)]
    public void AScenarioCanExpectSomethingOfACounter(string expected, string? failure)
    {
        var report = Run($"{Short}[expect]\n\"driver.factorials\" = \"{expected}\"\n", MyDriver.Design);

        if (failure is null) Assert.Empty(report.Expect.Failures);
        else Assert.StartsWith(failure, Assert.Single(report.Expect.Failures), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[driver]\nisr-wrok = \"1us\"\n", "4:1: unknown key \"isr-wrok\" in [driver]; did you mean \"isr-work\"?")]
    [InlineData("[driver]\nring-slots = 4\n", "unknown key \"ring-slots\" in [driver]")]
    [InlineData("[driver]\ninterrupt-affinity = \"spread-messages-across-all-processors\"\n", "all messages of MSI have one address")]
    [InlineData("[driver]\ninterrupt-processor = 64\n", "interrupt-processor")]
    [InlineData("[host.reader]\ndelay = \"1us\"\n", "unknown key \"delay\" in [host.reader]")]
    [InlineData("[card]\nname = \"x\"\n", "unknown key \"name\" in [card]")]
    public void WhatNeitherItNorTheCardHasIsRefused(string section, string message)
    {
        var refused = Assert.Throws<ScenarioException>(() => Run(Short + section, MyDriver.Design));

        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ADriverWithoutOptionsRefusesAnyKeyOfItsSection() => Assert.Throws<ScenarioException>(() =>
        Run($"{Short}[driver]\nanything = 1\n", _ => new PlainDesign(new WdfDeviceOptions { Name = "mine" }, () => new MyDriver(new()))));

    [Fact]
    public void AnAccountThatDoesNotComeOutFailsTheRunWhateverIsExpected()
    {
        var report = Run(Short, _ => new PlainDesign(new() { Name = "mine" }, () => new Fake()));

        Assert.Equal((false, 3), (report.Expect.Passed, report.CountLost()));
        Assert.Contains("3 are nowhere", Assert.Single(report.Expect.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void FaultsOfItsSectionHitAnyCard()
    {
        var report = Run($"{Short}[[card.fault]]\nkind = \"msi-dropped\"\nat = \"500us\"\n", MyDriver.Design);

        Assert.Equal(1ul, report.Card["faults.msi-dropped"]);
        Assert.InRange(report.Driver["factorials"], 10, 150);
    }

    [Fact]
    public void ByTheWallClockTheCardHasAThreadOfItsOwn()
    {
        using var stop = new CancellationTokenSource();
        var driver = new Fake { Started = stop.Cancel };

        var report = OneProcessRun.Of("[run]\nduration = \"1h\"\npacing = \"wall-clock\"\n",
            _ => new PlainDesign(new() { Name = "mine" }, () => driver), new CardInProcess(CardDesign.Edu), stop.Token);

        Assert.Equal((RunOutcome.Cancelled, "wall-clock", "inproc"), (report.Outcome, report.Pacing, report.Link));
    }

    private static PlainReport Run(string scenario, Func<DriverScenario, DriverDesign> driver) =>
        (PlainReport)OneProcessRun.Of(scenario, driver, new CardInProcess(CardDesign.Edu), TestContext.Current.CancellationToken);

    private sealed class Fake : FunctionDriver, IDriverFigures
    {
        public Action Started { get; init; } = () => { };

        public IEnumerable<KeyValuePair<string, long>> Counters => [new("asked", 3)];

        public long Lost => 3;

        public string Imbalance => "3 are nowhere";

        public override ValueTask EvtDevicePrepareHardware(WdfDevice device) => ValueTask.CompletedTask;

        public override ValueTask EvtDeviceD0Entry(WdfDevice device) => ValueTask.CompletedTask;

        public override ValueTask EvtDeviceD0EntryPostInterruptsEnabled(WdfDevice device)
        {
            Started();
            return ValueTask.CompletedTask;
        }

        public override ValueTask<bool> EvtInterruptIsr(WdfInterrupt interrupt, int messageId) => ValueTask.FromResult(false);

        public override ValueTask EvtInterruptDpc(WdfInterrupt interrupt) => ValueTask.CompletedTask;
    }
}
