using System.Text.Json;
using System.Text.Json.Nodes;
using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Report;
using Pcie.Program;

namespace Pcie.DriverModel.Tests.Report;

public sealed class RunReportTests
{
    private static readonly DaqReport Full = new()
    {
        Scenario = "late-dpc",
        Title = "A day",
        Seed = ulong.MaxValue,
        Link = "inproc",
        Pacing = "free-running",
        Outcome = RunOutcome.Completed,
        SimulatedNs = 86_400_000_000_000,
        Digest = "0123456789abcdef",
        Chunks = new ChunkFigures { Produced = 7, Delivered = 4, Overwritten = 1, Dropped = 1, InFlight = 1 },
        Overruns = [new OverrunFigures { Sequence = 3, AtNs = 99, IsrToDpcNs = 60_000_000 },
            new OverrunFigures { Sequence = 4, AtNs = 100 }],
        Card = new SortedDictionary<string, ulong>(StringComparer.Ordinal) { ["chunks.produced"] = 7, ["interrupts.sent"] = 6 },
        Data = new DataFigures { SourceSha256 = "ab", HashEqual = true },
        Expect = new ExpectFigures { Passed = false, Failures = ["a < b: expected \"µ\""] },
    };

    [Fact]
    public void WhatIsReadIsWhatWasWritten()
    {
        var read = RunReport.FromJson<DaqReport>(Full.ToJsonText());
        Assert.Equal(Full.ToJsonText(), read.ToJsonText());
        Assert.Equal((Full.Seed, Full.Chunks, Full.Overruns[1], Full.Expect.Failures[0]),
            (read.Seed, read.Chunks, read.Overruns[1], read.Expect.Failures[0]));
        Assert.Equal(Full.Card, read.Card);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"seed\":\"1\"}")]
    [InlineData("{")]
    public void WhatIsNoReportIsRefused(string json) => Assert.Throws<JsonException>(() => RunReport.FromJson<DaqReport>(json));

    [Theory]
    [InlineData("", "scenario", "seed", "link", "pacing", "simulated_ns", "wall_ns", "events", "digest", "chunks", "interrupts",
        "dpc", "isr_register_reads", "isr_to_dpc_ns", "overruns", "expect", "round_trips")]
    [InlineData("chunks", "produced", "delivered", "overwritten", "dropped", "in_flight", "corrupt")]
    [InlineData("interrupts", "raised", "sent", "masked", "collapsed", "isr")]
    [InlineData("dpc", "queued", "coalesced", "runs")]
    [InlineData("isr_to_dpc_ns", "p50", "p99", "p999", "max")]
    [InlineData("expect", "passed", "failures")]
    public void AReportOfNothingHasEveryPromisedKey(string path, params string[] keys)
    {
        var json = new DaqReport().ToJson();
        Assert.Subset(Keys(path.Length == 0 ? json : json[path]!), keys.ToHashSet());
    }

    // What becomes of the expectations is none that could be expected.
    [Fact]
    public void EveryFigureIsDeclaredWithItsSentence()
    {
        var json = new DaqReport().ToJson();
        json.Remove("expect");
        Assert.Equal(Numbers(json, "").Order(StringComparer.Ordinal),
            FigureAttribute.In(typeof(DaqReport)).Select(f => f.Path).Order(StringComparer.Ordinal));
        Assert.All(FigureAttribute.In(typeof(DaqReport)), figure => Assert.EndsWith(".", figure.Sentence));

        static IEnumerable<string> Numbers(JsonNode? node, string path) => node switch
        {
            JsonObject inner => inner.SelectMany(member => Numbers(member.Value, path.Length == 0 ? member.Key : $"{path}.{member.Key}")),
            JsonValue value when value.GetValueKind() is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => [path],
            _ => [],
        };
    }

    [Fact]
    public void AnOverrunHasEveryPromisedKey() =>
        Assert.Equal(["at_ns", "isr_to_dpc_ns", "sequence"], Keys(Full.ToJson()["overruns"]![1]!).Order());

    [Theory]
    [InlineData(true, ExitStatus.Done)]
    [InlineData(false, ExitStatus.Unexpected)]
    public void ExitStatusTellsWhetherEverythingWasAsExpected(bool passed, int status) =>
        Assert.Equal(status, ExitStatus.Of(passed));

    [Theory]
    [InlineData(RunOutcome.Completed, true, false, ExitStatus.Done)]
    [InlineData(RunOutcome.Completed, true, true, ExitStatus.Incomplete)]
    [InlineData(RunOutcome.Completed, false, true, ExitStatus.Unexpected)]
    [InlineData(RunOutcome.Unaccounted, false, true, ExitStatus.Incomplete)]
    [InlineData(RunOutcome.DeviceRemoved, false, true, ExitStatus.Unexpected)]
    [InlineData(RunOutcome.Cancelled, false, false, ExitStatus.Interrupted)]
    public void AnInterruptAndWhatCouldNotBeHadHaveStatusesOfTheirOwn(RunOutcome outcome, bool passed, bool misses, int status) =>
        Assert.Equal(status, new DaqReport
        {
            Outcome = outcome, Expect = new ExpectFigures { Passed = passed }, Missing = misses ? [RunReport.CardTrace] : [],
        }.ExitStatus);

    [Fact]
    public void WhatTheCardCouldNotBeAskedIsUnknownAndNotZero()
    {
        var unknown = Full with { Missing = [RunReport.CardCounters], Digest = "" };
        var json = unknown.ToJson();
        Assert.All(["produced", "not_produced", "due", "dropped", "in_flight"], name => Assert.Null(json["chunks"]![name]));
        Assert.Equal(4, json["chunks"]!["delivered"]!.GetValue<long>());
        Assert.All(["raised", "sent", "masked", "collapsed"], name => Assert.Null(json["interrupts"]![name]));
        Assert.Null(json["digest"]);
        Assert.Equal(unknown.ToJsonText(), RunReport.FromJson<DaqReport>(unknown.ToJsonText()).ToJsonText());
        var text = RunSummary.Of(unknown);
        Assert.Contains("unknown produced = 4 delivered + 1 overwritten + unknown dropped + unknown in flight", text, StringComparison.Ordinal);
        Assert.Contains("unknown raised, unknown messages sent", text, StringComparison.Ordinal);
        Assert.Contains("digest unknown", text, StringComparison.Ordinal);
        Assert.Matches("(?m)^events .* unknown chunks$", text);
        Assert.Contains("MISSING     the card's counters", text, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatDidNotHappenHasNoTimesAndOneOfAKindIsOne()
    {
        var none = RunSummary.Of(new DaqReport());
        Assert.Contains("ISR to DPC  no DPC ran", none, StringComparison.Ordinal);
        Assert.Contains("to copy     none was copied", none, StringComparison.Ordinal);
        var one = RunSummary.Of(new DaqReport
        {
            Host = new HostFigures { Interrupts = 1, Dpcs = 1, Ticks = 1 }, Chunks = new ChunkFigures { Produced = 1, Delivered = 1 },
            Interrupts = new InterruptFigures { Raised = 1, Sent = 1, Isr = 1 }, IsrRegisterReads = 1, RoundTrips = 1,
            Dpc = new DpcFigures { Queued = 1, Runs = 1 },
        });
        Assert.Contains("1 interrupt, 1 DPC, 1 tick, 1 chunk", one, StringComparison.Ordinal);
        Assert.Contains("1 raised, 1 message sent, 0 collapsed, 0 held back; 1 ISR with 1 register read", one, StringComparison.Ordinal);
        Assert.Contains("1 queued, 0 coalesced, 1 run", one, StringComparison.Ordinal);
        Assert.Contains("1 round trip on the link", one, StringComparison.Ordinal);
    }

    [Fact]
    public void AnInterruptedRunIsNotJudged()
    {
        var text = RunSummary.Of(new DaqReport
        {
            Outcome = RunOutcome.Cancelled,
            Expect = new ExpectFigures { Passed = false, Failures = ["The run was interrupted after 1 s of 2 s."] },
        });

        Assert.Matches("(?m)^expected    not judged\\s+The run was interrupted after 1 s of 2 s\\.$", text);
    }

    [Fact]
    public void AChunkThatTheReaderGotDamagedOrThatWasGivenUpIsLostLikeOneThatNeverCame() =>
        Assert.Equal(1 + 20 + 300 + 4_000, new DaqReport
        {
            Chunks = new ChunkFigures { Produced = 9_000, Delivered = 8_000, Overwritten = 1, Dropped = 20, Abandoned = 300, Corrupt = 4_000 },
        }.CountLost());

    private static HashSet<string> Keys(JsonNode node) => [.. node.AsObject().Select(property => property.Key)];
}
