using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Daq;
using Pcie.Fixtures.Programs;
using Pcie.Scenario;
using Pcie.Trace;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>
/// From the event in the card to the run of the DPC, each point in turn: what went into it is what came out and what fell together there. Four events
/// come one after the other; what the rest of the machine does decides where they meet.
/// </summary>
public sealed class CollapseTests
{
    private const string Card = """
        [run]
        duration = "50ms"
        [card.source]
        chunk = 64
        fifo-chunks = 8
        period = "1ms"
        [[card.fault]]
        kind = "source-burst"
        at = "20ms"
        count = 3
        """;

    private static DaqReport Run(string rest, bool burst = true)
    {
        var card = burst ? Card : Card[..Card.IndexOf("[[card.fault]]", StringComparison.Ordinal)];
        var file = ScenarioFile.Parse($"{card}\n{rest}", "collapse.toml");
        var host = HostScenario.Read(file);
        return DirectRun.Of(host, DaqCardOptions.Read(file, host.Run.Seed));
    }

    // Sums at each stage; no message is masked or lost in these.
    private static void AssertSums(RunReport r)
    {
        var (i, inCard) = (r.Interrupts, (long)(r.Interrupts.Collapsed - r.Interrupts.CollapsedInApic));
        var points = CollapseCounter.Points.ToDictionary(name => name, name => r.Collapse.Where(c => c.Key.StartsWith($"{name}.")).Sum(c => c.Value));
        Assert.Equal(inCard, points["cause-bit"] + points["moderation"] + points["rearm-mask"] + points["vector-active"]);
        Assert.Equal((long)i.Raised - inCard + (long)r.Card["interrupts.resent"], (long)i.Sent);
        Assert.Equal((i.Sent, points["apic"]), (i.Isr + points["apic"], i.CollapsedInApic));
        Assert.Equal((i.Isr, points["dpc"]), (r.Dpc.Queued + points["dpc"], r.Dpc.Coalesced));
        Assert.Equal(r.Dpc.Queued, r.Dpc.Runs);
        Assert.True(r.Accounted);
    }

    [Theory]
    [InlineData("on-non-zero", "cause-bit.DATA_READY")]
    [InlineData("auto-mask", "cause-bit.DATA_READY")]
    public void EventsMeetAtTheCauseBit(string policy, string point)
    {
        // The ISR cannot clear the cause while the processor is elsewhere.
        var report = Run($"""
            [[host.interference]]
            name = "other.sys"
            at = ["19950us"]
            isr = "200us"
            irql = 12
            processor = 0
            [driver]
            buffering = "ring"
            rearm-policy = "{policy}"
            """);
        Assert.Equal([point], report.Collapse.Keys);
        AssertSums(report);
    }

    [Fact]
    public void MessagesMeetInTheLocalApic()
    {
        // A message per event, and an ISR above ours: one is requested, the others find the vector so.
        var report = Run("""
            [[host.interference]]
            name = "other.sys"
            at = ["19950us"]
            isr = "200us"
            irql = 12
            processor = 0
            [driver]
            buffering = "ring"
            rearm-policy = "per-event"
            """);
        Assert.Equal([new("apic.message-0", 3)], report.Collapse);
        AssertSums(report);
    }

    [Fact]
    public void RequestsMeetAtTheDpc()
    {
        // Another driver's DPC is in front for four chunks: our ISRs run, and all but the first find the DPC queued.
        var report = Run("""
            [[host.interference]]
            name = "other.sys"
            at = ["19500us"]
            isr = "1us"
            dpc = "4ms"
            processor = 0
            [driver]
            buffering = "ring"
            rearm-policy = "per-event"
            """, burst: false);
        Assert.Equal([new("dpc.message-0", 3)], report.Collapse);
        AssertSums(report);
    }

    [Fact]
    public void WhenNothingComesTogetherNothingIsCounted()
    {
        var report = Run("""
            [driver]
            buffering = "ring"
            rearm-policy = "per-event"
            """, burst: false);
        Assert.Empty(report.Collapse);
        AssertSums(report);
    }

    [Fact]
    public void EachPlaceIsSaidInWords()
    {
        var said = CollapseCounter.Points.Select(point => CollapseCounter.WordsOf($"{point}.message-3")).ToList();

        Assert.Distinct(said);
        Assert.All(CollapseCounter.Points, point => Assert.DoesNotContain(said, words => words.Contains($"{point}.", StringComparison.Ordinal)));
        Assert.Equal("of DATA_READY while that cause was set already", CollapseCounter.WordsOf("cause-bit.DATA_READY"));
    }

    // A counter by name that is zero is not listed; one that there cannot be is refused.
    [Fact]
    public void ExpectationsNamePoints()
    {
        var file = ScenarioFile.Parse(Card + """

            [driver]
            buffering = "ring"
            [expect]
            "collapse.enable.TEST" = "== 0"
            "card.collapse.pending-bit.message-3" = "== 0"
            "card.registers.reserved-writes.INT_CAUSE" = "== 0"
            "collapse.cause-bit.TEST" = ">= 1"
            """, "collapse.toml");
        var host = HostScenario.Read(file);
        var report = DirectRun.Of(host, DaqCardOptions.Read(file, host.Run.Seed));
        Assert.Equal(["collapse.cause-bit.TEST: expected >= 1, got 0"], report.Expect.Failures);

        var wrong = Assert.Throws<ScenarioException>(() =>
            HostScenario.Read(ScenarioFile.Parse("[run]\nduration = \"1s\"\n[expect]\n\"collapse.apci.message-0\" = \"== 0\"", "x.toml")));
        Assert.Contains("expected collapse.cause-bit.NAME", wrong.Message, StringComparison.Ordinal);
    }
}
