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
    // Nobody asks for the DPC interrupt on account of a DPC of low importance: nothing that is recorded runs.
    [InlineData("dpc-storm-low", "Unexplained")]
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
        Assert.Contains("The DPC was not lost: it was queued, and began 55.235 ms after its ISR, on CPU 0.", text, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^ +55\.222 ms 100\.0%  thread win32k\.sys +at raised IRQL", text);
        Assert.Contains("a ring of 3 slots outlasts this wait", text, StringComparison.Ordinal);
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
