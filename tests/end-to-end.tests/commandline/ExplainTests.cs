using System.Text.Json.Nodes;
using Pcie.EndToEnd.Tests.Fixtures;

namespace Pcie.EndToEnd.Tests.CommandLine;

/// <summary><c>emu explain</c> on traces of ours, whose cause the scenario knows, and on recordings.</summary>
public sealed class ExplainTests
{
    private static readonly string Sample = Path.Combine(AppContext.BaseDirectory, "samples", "linux-irq-softirq-loopback-tcp.ftrace.gz");

    [Theory]
    [InlineData("raised-irql", "RaisedIrql")]
    [InlineData("dpc-storm-high", "AlreadyRunning")]
    [InlineData("dpc-storm-low", "Deferred")]
    public async Task TheScenariosCauseHasTheLongestShareOfTheWorstWait(string scenario, string kind)
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, (await RunningProgram.RunAsync("emu", "run", scenario, "--trace", folder["run.trace"])).Status);
        var explained = await RunningProgram.RunAsync("emu", "explain", folder["run.trace"], "--json", "--evidence");
        Assert.Equal((0, ""), (explained.Status, explained.Errors));

        var worst = JsonNode.Parse(explained.Output)!["dpcs"]![0]!["worst"]![0]!;
        var shares = worst["shares"]!.AsArray();
        Assert.Equal(kind, (string)shares.MaxBy(share => (long)share!["time_ns"]!)!["kind"]!);
        Assert.Equal((long)worst["delay_ns"]!, shares.Sum(share => (long)share!["time_ns"]!));
        Assert.NotEmpty(worst["evidence"]!.AsArray());
    }

    [Fact]
    public async Task AnOverrunIsExplainedByTheWaitThatItFellIntoWithTheRingThatOutlastsIt()
    {
        using var folder = new TemporaryFolder();
        await RunningProgram.RunAsync("emu", "run", "raised-irql", "--trace", folder["run.trace"]);
        var text = (await RunningProgram.RunAsync("emu", "explain", folder["run.trace"])).Output;

        Assert.Matches(@"(?m)^OVERRUN     chunk 76 at ", text);
        Assert.Contains("The DPC was not lost: it was queued, and began 55.226 ms after its ISR, on CPU 0.", text, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^ +55\.213 ms 100\.0%  thread win32k\.sys +at raised IRQL", text);
        Assert.Contains("would help      a DMA buffer of 3 slots (55.226 ms and 20.884 µs of copying, a chunk every 52.003 ms); it has 1", text, StringComparison.Ordinal);
    }

    // What each of these scenarios shows is known: reference, decision table of the attribution.
    [Theory]
    [InlineData("raised-irql", "LateDpc")]
    [InlineData("stop", "LateIsr")]
    [InlineData("coalesced-interrupts-one-per-dpc", "DpcNotDraining")]
    [InlineData("rearm-race-auto-mask-lossy", "LostEdge")]
    [InlineData("fault-source-burst", "RingTooSmall")]
    public async Task AnOverrunHasTheVerdictOfItsCause(string scenario, string kind)
    {
        var report = JsonNode.Parse((await RunningProgram.RunAsync("emu", "run", scenario, "--json")).Output)!;
        var overruns = report["explanation"]!["overruns"]!.AsArray();
        Assert.NotEmpty(overruns);
        Assert.All(overruns, overrun => Assert.Equal(kind, (string)overrun!["verdict"]!["kind"]!));
    }

    [Theory]
    [InlineData("coalesced-interrupts-drained", new[] { "BenignCollapse" })]
    [InlineData("rearm-race-auto-mask", new[] { "BenignCollapse" })]
    [InlineData("rearm-race-level", new string[0])]
    [InlineData("rearm-race-per-event", new string[0])]
    [InlineData("scatter-gather", new[] { "BenignCollapse" })]
    [InlineData("fault-msi-dropped", new[] { "LostEdge" })]
    public async Task ARunHasTheVerdictsThatItsWholeTraceTells(string scenario, string[] kinds)
    {
        using var folder = new TemporaryFolder();
        await RunningProgram.RunAsync("emu", "run", scenario, "--trace", folder["run.trace"]);
        var explained = JsonNode.Parse((await RunningProgram.RunAsync("emu", "explain", folder["run.trace"], "--json")).Output)!;
        Assert.Empty(explained["overruns"]!.AsArray());
        Assert.Equal(kinds, explained["verdicts"]!.AsArray().Select(verdict => (string)verdict!["kind"]!));
    }

    [Fact]
    public async Task ARunIsExplainedAlikeOverEveryLinkAndFromTheFilesItLeaves()
    {
        using var folder = new TemporaryFolder();
        var one = await RunningProgram.RunAsync("emu", "run", "raised-irql", "--json", "--flight", folder["one.flight"], "--trace", folder["one.trace"]);
        var two = await RunningProgram.RunAsync("emu", "run", "raised-irql", "--json", "--link", "grpc", "--flight", folder["two.flight"]);
        var overruns = Overruns(JsonNode.Parse(one.Output)!["explanation"]!);
        Assert.Equal(overruns, Overruns(JsonNode.Parse(two.Output)!["explanation"]!));
        foreach (var file in (string[])["one.flight", "two.flight", "one.trace"])
            Assert.Equal(overruns, Overruns(JsonNode.Parse((await RunningProgram.RunAsync("emu", "explain", folder[file], "--json")).Output)!));
        Assert.True(new FileInfo(folder["one.flight"]).Length < new FileInfo(folder["one.trace"]).Length / 2);

        // The period, and so the words, may differ in the last digit: a part of the trace has a part of the chunks.
        static string Overruns(JsonNode explanation) => new JsonArray([.. explanation["overruns"]!.AsArray().Select(overrun => new JsonObject
        {
            ["chunk"] = overrun!["chunk"]!.DeepClone(),
            ["wait"] = overrun["wait"]!["shares"]!.DeepClone(),
            ["slots"] = overrun["slots_that_suffice"]!.DeepClone(),
            ["verdict"] = overrun["verdict"]!["kind"]!.DeepClone(),
        })]).ToJsonString();
    }

    [Fact]
    public async Task TheRecordingOfARealMachineHasItsSoftirqsLatencies()
    {
        var text = (await RunningProgram.RunAsync("emu", "explain", Sample)).Output;
        Assert.Matches(@"(?m)^softirq NET_RX +25,595 +0 .* 31 µs$", text);
        Assert.Matches(@"(?m)^softirq RCU on CPU 1: asked for at .*, began 50 µs later$", text);
    }

    // It has no times: reference, B4.
    private const string LatencyMon = "LatencyMon\nHighest measured interrupt to DPC latency (µs):   458.90\n";

    public static TheoryData<string, string, string[]> Mistakes => new()
    {
        { "hello\n", "is no recording that is understood", [] },
        { LatencyMon, "no single delay can be explained", [] },
        { "hello\n", "--isr needs --dpc", ["--isr", "card.sys"] },
        { "hello\n", "--worst 0: expected 1 to 1000", ["--worst", "0"] },
        { "PCIETRC\0", "notes.txt: ", [] },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task WhatCannotBeExplainedIsRefusedInALine(string content, string message, string[] options)
    {
        using var folder = new TemporaryFolder();
        var refused = await RunningProgram.RunAsync("emu", ["explain", folder.Write("notes.txt", content), .. options]);
        Assert.Equal((2, ""), (refused.Status, refused.Output));
        Assert.Contains(message, refused.Errors, StringComparison.Ordinal);
        Assert.Single(refused.Errors.Split('\n'));
    }

    [Fact]
    public async Task ADpcThatIsNotThereIsRefusedWithThoseThatAre()
    {
        var refused = await RunningProgram.RunAsync("emu", "explain", Sample, "--dpc", "softirq NET");
        Assert.Equal((2, ""), (refused.Status, refused.Output));
        Assert.Contains("--dpc softirq NET: nothing of that name ran. There are: ", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("softirq NET_RX", refused.Errors, StringComparison.Ordinal);
    }
}
