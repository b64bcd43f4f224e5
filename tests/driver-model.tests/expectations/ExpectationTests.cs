using Pcie.DriverModel.Daq;
using Pcie.DriverModel.Daq.Application;
using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Expectations;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Study;
using Pcie.Program;
using Pcie.Scenario;

namespace Pcie.DriverModel.Tests.Expectations;

public sealed class ExpectationTests
{
    private static readonly DaqReport Report = new()
    {
        Accounted = true,
        Chunks = new ChunkFigures { Produced = 10, Overwritten = 3 },
        IsrToDpcNs = new LatencyFigures { Max = 5_000_000 },
        Card = new SortedDictionary<string, ulong> { ["faults.msi-dropped"] = 3 },
    };

    [Theory]
    [InlineData("chunks.overwritten", "== 3")]
    [InlineData("chunks.overwritten", "==3")]
    [InlineData("chunks.overwritten", "  >= 3")]
    [InlineData("chunks.overwritten", "<= 3")]
    [InlineData("chunks.overwritten", "> 2")]
    [InlineData("chunks.overwritten", "< 3.5")]
    [InlineData("chunks.overwritten", "!= 4")]
    [InlineData("isr_to_dpc_ns.max", "== 5ms")]
    [InlineData("isr_to_dpc_ns.max", "< 5.1 ms")]
    [InlineData("isr_to_dpc_ns.max", "== 5000000")]
    [InlineData("accounted", "== true")]
    [InlineData("card.faults.msi-dropped", "== 3")]
    [InlineData("data.hash_equal", "== false")]
    public void WhatHoldsIsNoFailure(string path, string text) => Assert.Null(Failure(path, text));

    [Theory]
    [InlineData("chunks.overwritten", "== 4", "chunks.overwritten: expected == 4, got 3")]
    [InlineData("card.faults.msi-dropped", "== 4", "card.faults.msi-dropped: expected == 4, got 3")]
    [InlineData("card.faults.none", "== 4", "card.faults.none: expected == 4, but this run has no such figure")]
    [InlineData("chunks.overwritten", "!= 3", "chunks.overwritten: expected != 3, got 3")]
    [InlineData("chunks.overwritten", "<= 2", "chunks.overwritten: expected <= 2, got 3")]
    [InlineData("chunks.overwritten", ">= 4", "chunks.overwritten: expected >= 4, got 3")]
    [InlineData("chunks.overwritten", "< 3", "chunks.overwritten: expected < 3, got 3")]
    [InlineData("chunks.overwritten", "> 3", "chunks.overwritten: expected > 3, got 3")]
    [InlineData("isr_to_dpc_ns.max", "< 1ms", "isr_to_dpc_ns.max: expected < 1ms, got 5 ms (5000000)")]
    [InlineData("accounted", "== false", "accounted: expected == false, got 1")]
    public void WhatDoesNotHoldSaysWhatWasExpectedAndWhatWasGot(string path, string text, string expected) =>
        Assert.Equal(expected, Failure(path, text));

    [Theory]
    [InlineData("\"chunks.overwriten\" = \"== 1\"",
        "f.toml:2:23: \"chunks.overwriten\" in [expect]: the report has no such figure; a counter of the card is card.NAME, and otherwise it has "
            + "accounted, ")]
    [InlineData("\"expect.passed\" = \"== true\"", "f.toml:2:19: \"expect.passed\" in [expect]: the report has no such figure")]
    [InlineData("\"overruns\" = \"== 1\"", "f.toml:2:14: \"overruns\" in [expect]: the report has no such figure")]
    [InlineData("\"accounted\" = \"true\"", "f.toml:2:15: \"accounted\" in [expect]: expected a comparison such as \">= 1\"")]
    [InlineData("\"accounted\" = \"= true\"", "f.toml:2:15: \"accounted\" in [expect]: expected a comparison such as \">= 1\"")]
    [InlineData("isr_to_dpc_ns.max = \">= 1ms\"",
        "f.toml:2:1: \"isr_to_dpc_ns\" in [expect]: a figure whose name has dots is one key: in quotation marks")]
    [InlineData("\"accounted\" = true", "f.toml:2:15: \"accounted\" in [expect] is true; expected a text in quotation marks")]
    [InlineData("\"chunks.dropped\" = \">= 1ms\"", "f.toml:2:20: \"chunks.dropped\" in [expect]: \"1ms\" is no number")]
    [InlineData("\"chunks.dropped\" = \">= NaN\"", "f.toml:2:20: \"chunks.dropped\" in [expect]: \"NaN\" is no number")]
    [InlineData("\"isr_to_dpc_ns.max\" = \">= 1mss\"",
        "f.toml:2:23: \"isr_to_dpc_ns.max\" in [expect]: \"1mss\" is no number or duration")]
    public void WhatCannotBeAnExpectationIsRefusedAtItsPlace(string line, string expected) =>
        Assert.StartsWith(expected, Assert.Throws<ScenarioException>(() => Read(line)).Message);

    [Theory]
    [InlineData("\"accounted\" = \"== true\"", true, false)]
    [InlineData("\"chunks.not_produced\" = \"<= 5\"", true, true)]
    [InlineData("\"chunks.not_produced\" = \"<= 4\"", true, false)]
    // Of a run that was cut short the scenario has said nothing.
    [InlineData("\"chunks.not_produced\" = \"<= 5\"", false, false)]
    public void WhatWasDueAndNotProducedIsAFailureUnlessTheScenarioSaysHowMuchMayBe(string line, bool isOwnDuration, bool passes)
    {
        var report = Report with { Chunks = Report.Chunks with { NotProduced = 5 } };
        Assert.Equal(passes, Judge.Of(report, Read(line), isOwnDuration).Passed);
        Assert.True(Judge.Of(Report, Read(line), isOwnDuration).Passed);
    }

    [Fact]
    public void WhatTheCardDidNotSayIsNoFigureAtAll() =>
        Assert.Equal("chunks.produced: expected == 10, but this run has no such figure",
            Assert.Single(Read("\"chunks.produced\" = \"== 10\"")).FailureIn((Report with { Missing = [RunReport.CardCounters] }).ToJson()));

    [Theory]
    [InlineData("chunks.produced", true)]
    [InlineData("card.interrupts.raised", true)]
    [InlineData("interrupts.sent", true)]
    [InlineData("collapse.cause-bit.DATA_READY", true)]
    [InlineData("collapse.apic.message-0", false)]
    [InlineData("chunks.delivered", false)]
    public void WhatOnlyTheCardCouldHaveToldIsNotJudgedAndNamed(string path, bool isUnknown)
    {
        var wrong = Read($"\"{path}\" = \"== 123456\"");

        var expect = Judge.Of(Report with { Missing = [RunReport.CardCounters], Card = new Dictionary<string, ulong>() }, wrong, true);

        Assert.Equal(isUnknown ? [path] : [], expect.Unknown);
        Assert.Equal(isUnknown ? 0 : 1, expect.Failures.Count(failure => failure.StartsWith(path, StringComparison.Ordinal)));
        Assert.Empty(Judge.Of(Report, wrong, true).Unknown);
    }

    // Of a run of 10 ms.
    [Theory]
    [InlineData(RunReport.WallClock, 5_000_001, true)]
    [InlineData(RunReport.WallClock, 5_000_000, false)]
    [InlineData("free-running", 5_000_001, false)]
    public void WhatAMachineThatFellFarBehindDoesNotBringAboutIsNoFailureOfTheDrivers(string pacing, long lag, bool isTheMachines)
    {
        var late = Report with { Pacing = pacing, SimulatedNs = 10_000_000, Lag = new LagFigures { HostNs = lag } };

        var missed = Judge.Of(late, Read("\"chunks.delivered\" = \"== 123456\""), true);

        Assert.Equal((isTheMachines, isTheMachines), (missed.Passed, missed.Excused.Count == 1));
        Assert.Equal(isTheMachines ? ExitStatus.Incomplete : ExitStatus.Unexpected, (late with { Expect = missed }).ExitStatus);
        Assert.Empty(Judge.Of(late, Read("\"chunks.delivered\" = \">= 0\""), true).Excused);
    }

    private static string? Failure(string path, string text) =>
        Assert.Single(Read($"\"{path}\" = \"{text}\"")).FailureIn(Report.ToJson());

    private static IReadOnlyList<Expectation> Read(string line) =>
        Expectation.ReadAll(ScenarioFile.Parse($"[expect]\n{line}", "f.toml").Table("expect"),
            [new HostedCard("card1", new DaqDesign(new DaqDriverOptions(), new ReaderOptions()))]);
}
