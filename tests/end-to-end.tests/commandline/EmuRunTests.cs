using System.Text.Json;
using System.Text.Json.Nodes;
using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.CommandLine;

/// <summary><c>emu run</c> as a script uses it: what it prints, and what it ends with.</summary>
public sealed class EmuRunTests
{
    // As the report is specified: path, and kind of value.
    private static readonly (string Path, JsonValueKind Kind)[] Keys =
    [
        ("scenario", JsonValueKind.String), ("seed", JsonValueKind.Number), ("link", JsonValueKind.String),
        ("pacing", JsonValueKind.String), ("simulated_ns", JsonValueKind.Number), ("wall_ns", JsonValueKind.Number),
        ("events", JsonValueKind.Number), ("digest", JsonValueKind.String), ("round_trips", JsonValueKind.Number),
        ("chunks.produced", JsonValueKind.Number), ("chunks.delivered", JsonValueKind.Number),
        ("chunks.overwritten", JsonValueKind.Number), ("chunks.dropped", JsonValueKind.Number),
        ("chunks.in_flight", JsonValueKind.Number), ("chunks.corrupt", JsonValueKind.Number),
        ("interrupts.raised", JsonValueKind.Number), ("interrupts.sent", JsonValueKind.Number),
        ("interrupts.masked", JsonValueKind.Number), ("interrupts.collapsed", JsonValueKind.Number),
        ("interrupts.isr", JsonValueKind.Number), ("dpc.queued", JsonValueKind.Number), ("dpc.coalesced", JsonValueKind.Number),
        ("dpc.runs", JsonValueKind.Number), ("isr_register_reads", JsonValueKind.Number), ("isr_to_dpc_ns.p50", JsonValueKind.Number),
        ("isr_to_dpc_ns.p99", JsonValueKind.Number), ("isr_to_dpc_ns.p999", JsonValueKind.Number),
        ("isr_to_dpc_ns.max", JsonValueKind.Number), ("overruns", JsonValueKind.Array), ("expect.passed", JsonValueKind.True),
        ("expect.failures", JsonValueKind.Array),
    ];

    public static TheoryData<string> Links => ["inproc", "grpc", "unix"];

    [Theory]
    [MemberData(nameof(Links))]
    public async Task JsonIsOneObjectWithEveryFigureAndNothingElse(string link)
    {
        var run = await RunningProgram.RunAsync("emu", "run", "rearm-race-auto-mask-lossy", "--duration", "50ms", "--link", link, "--json");

        Assert.Equal((0, ""), (run.Status, run.Errors));
        // Parse refuses whatever follows the object.
        var report = JsonNode.Parse(run.Output)!.AsObject();
        Assert.All(Keys, key => Assert.Equal(key.Kind, At(report, key.Path)?.GetValueKind()));
        Assert.Equal(link, (string?)report["link"]);
        Assert.Equal("free-running", (string?)report["pacing"]);
        Assert.Equal(50_000_000, (long)report["simulated_ns"]!);
        var chunks = report["chunks"]!;
        Assert.Equal((long)chunks["produced"]!, (long)chunks["delivered"]! + (long)chunks["overwritten"]! + (long)chunks["dropped"]!
            + (long)chunks["in_flight"]!);
        var overruns = report["overruns"]!.AsArray();
        Assert.Equal((long)chunks["overwritten"]!, overruns.Count);
        Assert.NotEmpty(overruns);
        Assert.All(overruns, overrun =>
            Assert.Equal(["sequence", "at_ns", "isr_to_dpc_ns"], overrun!.AsObject().Select(property => property.Key)));
    }

    [Theory]
    [MemberData(nameof(Links))]
    public async Task ARunThatIsNotAsExpectedSaysWhatAndEndsWithThree(string link)
    {
        using var folder = new TemporaryFolder();
        var scenario = folder.Write("mine.toml", """
            [run]
            duration = "10ms"
            [expect]
            "chunks.produced" = "== 1"
            "chunks.corrupt" = "== 0"
            """);

        var run = await RunningProgram.RunAsync("emu", "run", scenario, "--link", link, "--json");

        Assert.Equal((3, ""), (run.Status, run.Errors));
        var expect = JsonNode.Parse(run.Output)!["expect"]!;
        Assert.False((bool)expect["passed"]!);
        Assert.Contains("chunks.produced", (string?)Assert.Single(expect["failures"]!.AsArray()), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Links))]
    public async Task AScenarioWithATypoIsRefusedWithFileLineAndColumnAndEndsWithTwo(string link)
    {
        using var folder = new TemporaryFolder();
        var scenario = folder.Write("mine.toml", """
            [run]
            duration = "10ms"

            [driver]
              ring-slot = 4
            """);

        var run = await RunningProgram.RunAsync("emu", "run", scenario, "--link", link, "--json");

        Assert.Equal((2, ""), (run.Status, run.Output));
        Assert.Contains("mine.toml:5:3: ", run.Errors, StringComparison.Ordinal);
        Assert.Contains("ring-slots", run.Errors, StringComparison.Ordinal);
    }

    // The card's section is the emulator's to read, the others are the driver model's; who wrote them sees one file.
    [Theory]
    [MemberData(nameof(Links))]
    public async Task WhatIsWrongOnBothSidesIsSaidAtOnceInTheFilesOrder(string link)
    {
        using var folder = new TemporaryFolder();
        var scenario = folder.Write("mine.toml", """
            [host]
            procesors = 2
            [card.source]
            chunk = "16 parsecs"
            [driver]
            ring-slot = 4
            """);

        var run = await EmuInProcess.RunAsync("run", scenario, "--link", link, "--json");

        Assert.Equal((2, ""), (run.Status, run.Output));
        Assert.Collection(run.Errors.Split('\n'), At("2:1"), At("4:9"), At("6:1"));

        static Action<string> At(string place) => line => Assert.Contains($"mine.toml:{place}: ", line, StringComparison.Ordinal);
    }

    public static TheoryData<string, string[]> WrongUsage => new()
    {
        { "'no-such-scenario' is neither a file nor a shipped scenario", ["run", "no-such-scenario"] },
        { "scenario", ["run"] },
        { "'pigeon' not recognized. Must be one of: 'inproc' 'grpc' 'unix'", ["run", "late-dpc", "--link", "pigeon"] },
        { "--duration 10 parsecs: ", ["run", "late-dpc", "--duration", "10 parsecs"] },
        { "--seed -1: expected 0 or more.", ["run", "late-dpc", "--seed", "-1"] },
        { "--wings", ["run", "late-dpc", "--wings"] },
        { "no file 'no-such-file'", ["run", "stream", "--file", "no-such-file"] },
        { "fly", ["fly"] },
    };

    [Theory]
    [MemberData(nameof(WrongUsage))]
    public async Task WrongUsageIsRefusedInALineThatNamesItAndEndsWithTwo(string named, string[] arguments)
    {
        var run = await RunningProgram.RunAsync("emu", arguments);

        Assert.Equal((2, ""), (run.Status, run.Output));
        Assert.StartsWith("emu: ", run.Errors, StringComparison.Ordinal);
        Assert.Contains(named, run.Errors, StringComparison.Ordinal);
        Assert.Single(run.Errors.Split('\n'));
    }

    [Fact]
    public async Task TheListOfScenariosHasEveryShippedOneOnALineOfItsOwn()
    {
        var list = await RunningProgram.RunAsync("emu", "scenarios");

        Assert.Equal((0, ""), (list.Status, list.Errors));
        Assert.Equal(ShippedScenarios.Paths.Select(Path.GetFileNameWithoutExtension), list.Output.Split('\n').Select(line => line.Split(' ')[0]));
    }

    private static JsonNode? At(JsonNode report, string path) =>
        path.Split('.').Aggregate((JsonNode?)report, (node, key) => node?[key]);
}
