using System.Text.Json.Nodes;
using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;
using Pcie.Trace;

namespace Pcie.EndToEnd.Tests.CommandLine;

/// <summary><c>emu explain</c> on traces of ours, whose cause the scenario knows, and on recordings.</summary>
public sealed class ExplainTests
{
    private static readonly string Sample = Path.Combine(AppContext.BaseDirectory, "samples", "linux-irq-softirq-loopback-tcp.ftrace.gz");

    [Theory]
    [InlineData("raised-irql", "raised-irql")]
    [InlineData("dpc-storm-high", "already-running")]
    [InlineData("dpc-storm-low", "deferred")]
    public async Task TheScenariosCauseHasTheLongestShareOfTheWorstWait(string scenario, string kind)
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, (await EmuInProcess.RunAsync("run", scenario, "--trace", folder["run.trace"])).Status);
        var explained = await EmuInProcess.RunAsync("explain", folder["run.trace"], "--json", "--evidence");
        Assert.Equal((0, ""), (explained.Status, explained.Errors));

        var worst = JsonNode.Parse(explained.Output)!["dpcs"]![0]!["worst"]![0]!;
        var shares = worst["shares"]!.AsArray();
        Assert.Equal(kind, (string)shares.MaxBy(share => (long)share!["time_ns"]!)!["kind"]!);
        Assert.Equal((long)worst["delay_ns"]!, shares.Sum(share => (long)share!["time_ns"]!));
        Assert.NotEmpty(worst["evidence"]!.AsArray());
    }

    // Of a DPC for another processor nobody asks for its interrupt before the tick, however often it is queued again meanwhile.
    [Fact]
    public async Task ARequestThatFindsTheDpcInItsQueueAsksForNothing()
    {
        using var folder = new TemporaryFolder();
        var scenario = folder.Write("other.toml", """
            [run]
            duration = "100ms"
            [card.source]
            period = "400us"
            header-only = true
            [driver]
            ring-slots = 64
            rearm-policy = "per-event"
            dpc-processor = 1
            """);

        var worst = JsonNode.Parse((await EmuInProcess.RunAsync("run", scenario, "--json")).Output)!["explanation"]!["dpcs"]![0]!["worst"]![0]!;

        Assert.True((long)worst["delay_ns"]! > 1_000_000 && (long)worst["coalesced"]! > 2, $"{worst}");
        var share = worst["shares"]!.AsArray().MaxBy(share => (long)share!["time_ns"]!)!;
        Assert.Equal("deferred", (string)share["kind"]!);
        Assert.True((long)share["time_ns"]! > 0.99 * (long)worst["delay_ns"]!, $"{worst}");
    }

    // Nobody waited: the card had not sent its message.
    [Fact]
    public async Task AChunkWhoseMessageIsHeldBackByModerationHasThatForItsVerdict()
    {
        using var folder = new TemporaryFolder();
        var scenario = folder.Write("moderated.toml", """
            [run]
            duration = "100ms"
            [card.source]
            period = "1ms"
            header-only = true
            [driver]
            ring-slots = 4
            moderation-count = 8
            moderation-time = "20ms"
            """);

        var ran = JsonNode.Parse((await EmuInProcess.RunAsync("run", scenario, "--try-cures", "--json")).Output)!;

        var overruns = ran["explanation"]!["overruns"]!.AsArray();
        Assert.NotEmpty(overruns);
        Assert.All(overruns, overrun => Assert.Equal("held-back", (string)overrun!["verdict"]!["kind"]!));
        Assert.Contains(ran["trials"]!.AsArray(), trial => (string)trial!["change"]! == "driver.moderation-count=1,driver.moderation-time=0us"
            && (string)trial["help"]! == "may" && (long)trial["lost"]! == 0);
    }

    [Fact]
    public async Task AnOverrunIsExplainedByTheWaitThatItFellIntoWithTheRingThatOutlastsIt()
    {
        using var folder = new TemporaryFolder();
        await EmuInProcess.RunAsync("run", "raised-irql", "--trace", folder["run.trace"]);
        var text = (await EmuInProcess.RunAsync("explain", folder["run.trace"])).Output;

        Assert.Matches(@"(?m)^OVERRUN     chunk 76 at ", text);
        Assert.Contains("The DPC was not lost: it was queued, and began 55.226 ms after its ISR, on CPU 0.", text, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^ +55\.213 ms 100\.0%  thread win32k\.sys +at raised IRQL", text);
        Assert.Contains("would help      a DMA buffer of 2 slots (55.226 ms and 20.884 µs of copying, a chunk every 52.003 ms); it has 1", text,
            StringComparison.Ordinal);
    }

    // What the model itself puts between a DPC's unlinking and its routine is nothing to look into.
    [Fact]
    public async Task AWaitOfNothingButDispatchIsSaidToBeThatInALine()
    {
        var text = (await EmuInProcess.RunAsync("run", "fault-surprise-removal")).Output;

        Assert.Matches("(?m)^LONGEST .* began 500 ns later: the dispatch of the DPC alone$", text);
        Assert.DoesNotContain("unexplained", text, StringComparison.Ordinal);
        Assert.DoesNotContain("longest waits", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WaitsOfNothingButDispatchAreNotAmongThoseThatHadSomethingInThem()
    {
        using var folder = new TemporaryFolder();
        var scenario = folder.Write("mine.toml", """
            [run]
            duration = "10s"
            seed = 3
            [card.source]
            period = "52ms"
            [[host.interference]]
            name = "storport.sys"
            dpc = "61ms"
            interval = "300ms"
            """);

        var text = (await EmuInProcess.RunAsync("run", scenario)).Output;

        Assert.Matches(@"of its \d+ longest waits, .* most was had by\n  in +\d+  DPC  storport\.sys", text);
        Assert.DoesNotMatch("in +\\d+  unexplained", text);
    }

    [Theory]
    [InlineData("rearm-race-auto-mask", "488 while vector 0 had sent its message and waited to be armed again")]
    [InlineData("coalesced-interrupts-drained", "of message 0 while its DPC was in the queue already")]
    [InlineData("scatter-gather", "gathered by the moderation of vector 0")]
    public async Task WhatFellTogetherIsCountedAlikeInARunAndInItsTrace(string scenario, string point)
    {
        using var folder = new TemporaryFolder();
        var run = (await EmuInProcess.RunAsync("run", scenario, "--trace", folder["run.trace"])).Output;
        var explained = (await EmuInProcess.RunAsync("explain", folder["run.trace"])).Output;

        Assert.Contains(point, Collapse(run), StringComparison.Ordinal);
        // A trace has the numbers of causes.
        Assert.Equal(Collapse(run).Replace("DATA_READY", "cause 0", StringComparison.Ordinal), Collapse(explained));

        static string Collapse(string output) =>
            Assert.Single(output.Split('\n'), line => line.Contains("interrupts fell together, which is normal: ", StringComparison.Ordinal)).Trim();
    }

    // What each of these scenarios shows is known: reference, decision table of the attribution.
    [Theory]
    [InlineData("raised-irql", "late-dpc")]
    [InlineData("stop", "late-isr")]
    [InlineData("coalesced-interrupts-one-per-dpc", "dpc-not-draining")]
    [InlineData("rearm-race-auto-mask-lossy", "lost-edge")]
    [InlineData("fault-source-burst", "ring-too-small")]
    [InlineData("fault-no-completion", "own-isr")]
    public async Task AnOverrunHasTheVerdictOfItsCause(string scenario, string kind)
    {
        var report = JsonNode.Parse((await EmuInProcess.RunAsync("run", scenario, "--json")).Output)!;
        var overruns = report["explanation"]!["overruns"]!.AsArray();
        Assert.NotEmpty(overruns);
        Assert.All(overruns, overrun => Assert.Equal(kind, (string)overrun!["verdict"]!["kind"]!));
    }

    [Theory]
    [InlineData("coalesced-interrupts-drained", new[] { "benign-collapse" })]
    [InlineData("rearm-race-auto-mask", new[] { "benign-collapse" })]
    [InlineData("rearm-race-level", new string[0])]
    [InlineData("rearm-race-per-event", new string[0])]
    [InlineData("scatter-gather", new[] { "benign-collapse" })]
    [InlineData("rearm-race-on-non-zero", new string[0])]
    [InlineData("late-dpc-ring --duration 10min", new string[0])]
    [InlineData("fault-msi-duplicated", new string[0])]
    [InlineData("fault-msi-delayed", new[] { "late-message" })]
    [InlineData("fault-msi-dropped", new[] { "message-lost" })]
    public async Task ARunHasTheVerdictsThatItsWholeTraceTells(string scenario, string[] kinds)
    {
        using var folder = new TemporaryFolder();
        await EmuInProcess.RunAsync(["run", .. scenario.Split(' '), "--trace", folder["run.trace"]]);
        var explained = JsonNode.Parse((await EmuInProcess.RunAsync("explain", folder["run.trace"], "--json")).Output)!;
        // Its descriptors are no ring whose time would be known, so its longest wait is held against the guidance.
        if (scenario != "scatter-gather")
            Assert.All(explained["dpcs"]!.AsArray(), dpc => Assert.Equal("in-time", (string)dpc!["worst"]![0]!["verdict"]!["kind"]!));
        Assert.Empty(explained["overruns"]!.AsArray());
        Assert.Equal(kinds, explained["verdicts"]!.AsArray().Select(verdict => (string)verdict!["kind"]!));
    }

    // Re-arm policy on-non-zero: the message that was lost left its cause set, and so the causes will never leave zero again.
    [Fact]
    public async Task AMessageThatWasLostIsToBlameForAllThatComesAfter()
    {
        using var folder = new TemporaryFolder();
        var scenario = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "scenarios", "rearm-race-on-non-zero.toml"));
        scenario = scenario[..scenario.IndexOf("[expect]", StringComparison.Ordinal)] + "[[card.fault]]\nkind = \"msi-dropped\"\nat = \"300ms\"\n";
        var run = JsonNode.Parse((await EmuInProcess.RunAsync("run", folder.Write("stuck.toml", scenario), "--json")).Output)!;
        Assert.Equal("message-lost", (string)run["explanation"]!["verdicts"]![0]!["kind"]!);
        // What came before is not its doing, and what came after is.
        Assert.NotEmpty(run["explanation"]!["overruns"]!.AsArray());
        Assert.All(run["explanation"]!["overruns"]!.AsArray(), overrun => Assert.Equal("message-lost", (string)overrun!["verdict"]!["kind"]!));
    }

    // The same trace with an event missing, as a ring that overran leaves it: a frame's end without its beginning.
    [Fact]
    public async Task OfATraceThatLacksEventsNothingIsConcluded()
    {
        using var folder = new TemporaryFolder();
        await EmuInProcess.RunAsync("run", "raised-irql", "--trace", folder["run.trace"]);
        using var whole = File.OpenRead(folder["run.trace"]);
        var recording = TraceFile.Read(whole);
        var cut = new TraceRecording();
        foreach (var side in Enum.GetValues<TraceSide>()) cut.NameSources(side, recording.Sources(side));
        var dropped = false;
        foreach (var block in recording.Blocks)
            foreach (ref readonly var e in block.Span)
            {
                if (!dropped && e.Kind == TraceKind.IsrBegin) dropped = true;
                else cut.Record(e);
            }
        using (var written = File.Create(folder["cut.trace"])) TraceFile.Write(cut, written);
        var explained = JsonNode.Parse((await EmuInProcess.RunAsync("explain", folder["cut.trace"], "--json")).Output)!;
        Assert.Equal(["none"], explained["verdicts"]!.AsArray().Select(verdict => (string)verdict!["kind"]!));
        Assert.Equal("none", (string)explained["overruns"]![0]!["verdict"]!["kind"]!);
        Assert.Equal("none", (string)explained["dpcs"]![0]!["worst"]![0]!["verdict"]!["kind"]!);
    }

    // All counts, and each number adds up to the whole.
    [Theory]
    [InlineData("dpc-storm-low")]
    [InlineData("stop")]
    public async Task EverySourceOfATraceIsCountedOnceAndNoProcessorRanLongerThanTheRun(string scenario)
    {
        using var folder = new TemporaryFolder();
        var run = JsonNode.Parse((await EmuInProcess.RunAsync("run", scenario, "--trace", folder["run.trace"], "--json")).Output)!;
        var explained = JsonNode.Parse((await EmuInProcess.RunAsync("explain", folder["run.trace"], "--json")).Output)!;
        var sources = explained["sources"]!.AsArray();
        long Counted(params string[] kinds) => sources.Where(s => kinds.Contains((string)s!["kind"]!)).Sum(s => (long)s!["count"]!);
        // One that runs when the trace ends has no end in it.
        Assert.InRange((long)run["host"]!["interrupts"]! - Counted("isr"), 0, 2);
        Assert.InRange((long)run["host"]!["dpcs"]! - Counted("dpc", "timer-dpc", "threaded-dpc"), 0, 2);
        Assert.All(sources.GroupBy(s => (int)s!["processor"]!),
            cpu => Assert.InRange(cpu.Sum(s => (long)s!["busy_ns"]!), 1, (long)run["simulated_ns"]!));
        foreach (var dpc in explained["dpcs"]!.AsArray())
        {
            Assert.Equal((long)dpc!["runs"]!, dpc["processors"]!.AsArray().Sum(p => (long)p!["runs"]!));
            Assert.Equal((long)dpc["total_ns"]!, dpc["processors"]!.AsArray().Sum(p => (long)p!["total_ns"]!));
            Assert.Equal(Math.Min(100, (long)dpc["runs"]!), dpc["worst"]!.AsArray().Count);
            Assert.Equal(dpc["worst"]!.AsArray().Count(wait => (long)wait!["delay_ns"]! > 0),
                dpc["culprits"]!.AsArray().Sum(c => (long)c!["waits"]!));
        }
    }

    [Fact]
    public async Task ARunIsExplainedAlikeOverEveryLinkAndFromTheFilesItLeaves()
    {
        using var folder = new TemporaryFolder();
        var one = await EmuInProcess.RunAsync("run", "raised-irql", "--json", "--flight", folder["one.flight"], "--trace",
            folder["one.trace"]);
        var two = await EmuInProcess.RunAsync("run", "raised-irql", "--json", "--link", "grpc", "--flight", folder["two.flight"]);
        var overruns = Overruns(JsonNode.Parse(one.Output)!["explanation"]!);
        Assert.Equal(overruns, Overruns(JsonNode.Parse(two.Output)!["explanation"]!));
        foreach (var file in (string[])["one.flight", "two.flight", "one.trace"])
            Assert.Equal(overruns, Overruns(JsonNode.Parse((await EmuInProcess.RunAsync("explain", folder[file], "--json")).Output)!));
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
        var text = (await EmuInProcess.RunAsync("explain", Sample)).Output;
        Assert.Matches(@"(?m)^softirq NET_RX +25,596 +0 .* 31 µs$", text);
        Assert.Matches(@"(?m)^softirq RCU on CPU 1: asked for at .*, began 50 µs later$", text);
    }

    private const string Lines = "a-1 [000] ..s. 1.000001: softirq_raise: vec=3 [action=NET_RX]\n";

    // It has no times: reference, B4. A decimal comma, and a µ that was broken on its way.
    [Fact]
    public async Task ALatencyMonReportIsTakenForTheSummaryThatItIs()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("report.txt", """
            LatencyMon has been analyzing your system for  0:10:02  (h:mm:ss) on all processors.
            Highest measured interrupt to process latency (탎):   467,0
            Highest measured interrupt to DPC latency (탎):       458,90
            Average measured interrupt to DPC latency (탎):       3,659078
            Highest DPC routine execution time (탎):              402544,59
            Driver with highest DPC routine execution time:       storport.sys - Microsoft Storage Port Driver, Microsoft Corporation
            DPC count (execution time <250 탎):                   1000
            DPC count (execution time >=4000 탎):                 2

            """);
        var text = await EmuInProcess.RunAsync("explain", file);
        Assert.Equal((0, ""), (text.Status, text.Errors));
        Assert.Contains("at most 458.9 µs after its interrupt, 3.659 µs on average: of LatencyMon's own timer", text.Output,
            StringComparison.Ordinal);
        Assert.Contains("402.545 ms, of storport.sys", text.Output, StringComparison.Ordinal);
        Assert.Contains("no single delay can be explained", text.Output, StringComparison.Ordinal);

        var json = JsonNode.Parse((await EmuInProcess.RunAsync("explain", file, "--json")).Output)!;
        Assert.Equal((602_000_000_000L, 458_900L, 2L), ((long)json["monitoring_ns"]!, (long)json["interrupt_to_dpc_max_ns"]!,
            (long)json["dpcs"]![1]!["count"]!));
    }

    // The same run, as Windows would have recorded it, explained by the other way in: what differs is the microsecond.
    [Theory]
    [InlineData("late-dpc --seed 40 --duration 40min", "already-running", "storport.sys!recovery")]
    [InlineData("raised-irql", "thread", "spins.exe (77)")]
    public async Task TheOverrunsOfARunAreExplainedAlikeFromAnXperfRecordingOfIt(string options, string kind, string source)
    {
        using var folder = new TemporaryFolder();
        var run = JsonNode.Parse((await EmuInProcess.RunAsync(["run", .. options.Split(' '), "--json", "--flight", folder["flight"]])).Output)!;
        var ours = run["explanation"]!["overruns"]![0]!["wait"]!;
        using var flight = File.OpenRead(folder["flight"]);
        var file = folder.Write("x.txt", XperfText.Of(TraceFile.Read(flight)));
        var explained = await EmuInProcess.RunAsync("explain", file, "--isr", (string)ours["dpc"]!, "--dpc", (string)ours["dpc"]!,
            "--event", "Acme.Card/Overrun", "--period", "52ms", "--slots", "1", "--json");
        Assert.Equal((0, ""), (explained.Status, explained.Errors));
        var e = JsonNode.Parse(explained.Output)!["events"]![0]!;
        Assert.Equal(("Acme.Card/Overrun/win:Info", (long)run["explanation"]!["overruns"]![0]!["at_ns"]! / 1000),
            ((string)e["name"]!, (long)e["at_ns"]! / 1000));

        var wait = e["wait"]!;
        Assert.InRange((long)wait["delay_ns"]! - (long)ours["delay_ns"]!, -2000, 2000);
        var (first, same) = (wait["shares"]![0]!, ours["shares"]![0]!);
        Assert.Equal((kind, source), ((string)first["kind"]!, (string)first["source"]!));
        Assert.InRange((long)first["time_ns"]! - (long)same["time_ns"]!, -50_000, 50_000);
        Assert.Equal("late-dpc", (string)wait["verdict"]!["kind"]!);
        Assert.StartsWith("a DMA buffer of 2 slots (", (string)wait["verdict"]!["cures"]![0]!["what"]!, StringComparison.Ordinal);
        if (kind != "thread") return;
        Assert.Equal((string)same["source"]!, (string)wait["samples"]![0]!["source"]!);
        Assert.Contains("at raised IRQL (a spin lock), or nobody had asked for the DPC interrupt", (string)wait["verdict"]!["finding"]!,
            StringComparison.Ordinal);
    }

    // Inputs that were once answered wrongly; what is right was reckoned by hand.
    [Theory]
    [InlineData("trace-cmd-events-dropped.txt", @"(?m)^softirq SCHED +1 +0 +169 µs", "[{\"n\":\"softirq SCHED\",\"w\":[169000]}]")]
    [InlineData("trace-cmd-raise-during-round.txt", @"(?m)^softirq SCHED +2 +0 +14 µs +66 µs +66 µs$",
        "[{\"n\":\"softirq RCU\",\"w\":[20000]},{\"n\":\"softirq SCHED\",\"w\":[66000,14000]},{\"n\":\"softirq TIMER\",\"w\":[36000]}]")]
    [InlineData("ftrace-cut-in-the-run.txt", @"(?m)^ +54 µs +96\.4%  ISR  arch_timer", "[{\"n\":\"softirq TIMER\",\"w\":[56000]}]")]
    [InlineData("ftrace-entries-without-colon.txt", @"(?m)^softirq HI +4 +0 +6 µs +6 µs +6 µs$",
        "[{\"n\":\"softirq HI\",\"w\":[6000,6000,6000,6000]}]")]
    public async Task ARecordingHasTheWaitsThatItTells(string name, string text, string waits)
    {
        var file = Path.Combine(AppContext.BaseDirectory, "cases", name);
        Assert.Matches(text, (await EmuInProcess.RunAsync("explain", file)).Output);
        var explained = await EmuInProcess.RunAsync("explain", file, "--json");
        Assert.Equal((0, ""), (explained.Status, explained.Errors));
        var json = JsonNode.Parse(explained.Output)!;
        Assert.Equal(waits, new JsonArray([.. json["dpcs"]!.AsArray().Select(dpc => new JsonObject
        {
            ["n"] = (string)dpc!["name"]!, ["w"] = new JsonArray([.. dpc["worst"]!.AsArray().Select(wait => (JsonNode)(long)wait!["delay_ns"]!)]),
        })]).ToJsonString());
        Assert.Equal((long)json["read"]!["lines"]!, (long)json["read"]!["lines_understood"]!);
        Assert.Equal(name.Contains("cut", StringComparison.Ordinal), json["dpcs"]![0]!["worst"]![0]!["ended_ns"] is null);
    }

    [Fact]
    public async Task WhatWasNotReadIsSaidAndAFileOfWhichNothingWasReadIsRefused()
    {
        using var folder = new TemporaryFolder();
        const string Odd = "a-1 [000] ..s. 1.000001: softirq_entry: of another kind\n";
        var refused = await EmuInProcess.RunAsync("explain", folder.Write("odd.txt", Odd));
        Assert.Equal((2, ""), (refused.Status, refused.Output));
        Assert.Contains("no event was read (1 x fields not as expected, as line 1: a-1 [000]", refused.Errors, StringComparison.Ordinal);
        var file = folder.Write("some.txt", Odd + "a-1 [000] ..s. 1.000001: softirq_raise: vec=3 [action=NET_RX]\n");
        var text = await EmuInProcess.RunAsync("explain", file);
        Assert.Equal(4, text.Status);
        Assert.Contains("no wait can be told: no run of a DPC or softirq was read. Only 1 of 2 lines were understood. To have waits, record",
            text.Output, StringComparison.Ordinal);
        Assert.Contains("not understood: 1 x fields not as expected, as line 1: a-1 [000]", text.Output, StringComparison.Ordinal);
        var json = JsonNode.Parse((await EmuInProcess.RunAsync("explain", file, "--json")).Output)!["read"]!;
        Assert.Equal((1L, "fields not as expected"), ((long)json["lines_understood"]!, (string)json["not_understood"]![0]!["kind"]!));
    }

    public static TheoryData<string, string, string[]> Mistakes => new()
    {
        { "hello\n", "is no recording that is understood", [] },
        { "time_ns,side,processor,kind,source\n", "emu run --trace FILE or --flight FILE writes; as .csv", [] },
        { "hello\n", "--event needs --dpc", ["--event", "Acme/Overrun"] },
        { Lines, "--period 1: it has no unit", ["--period", "1"] },
        { Lines, "--slots 8: expected 1 or more, and --period", ["--slots", "8"] },
        { "PCIETRC\0", "--event, --period and --slots are for recordings of real machines", ["--period", "1ms"] },
        { "hello\n", "--isr needs --dpc", ["--isr", "card.sys"] },
        { "hello\n", "--worst 0: expected 1 to 1000", ["--worst", "0"] },
        { "PCIETRC\0", "notes.txt: ", [] },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task WhatCannotBeExplainedIsRefusedInALine(string content, string message, string[] options)
    {
        using var folder = new TemporaryFolder();
        var refused = await EmuInProcess.RunAsync(["explain", folder.Write("notes.txt", content), .. options]);
        Assert.Equal((2, ""), (refused.Status, refused.Output));
        Assert.Contains(message, refused.Errors, StringComparison.Ordinal);
        Assert.Single(refused.Errors.Split('\n'));
    }

    [Fact]
    public async Task ADpcThatIsNotThereIsRefusedWithThoseThatAre()
    {
        var refused = await EmuInProcess.RunAsync("explain", Sample, "--dpc", "softirq NET");
        Assert.Equal((2, ""), (refused.Status, refused.Output));
        Assert.Contains("--dpc softirq NET: nothing of that name ran. There are: ", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("softirq NET_RX", refused.Errors, StringComparison.Ordinal);
    }
}
