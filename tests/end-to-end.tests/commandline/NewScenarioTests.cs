using System.Text.Json.Nodes;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.CommandLine;

/// <summary>A scenario of one's own: <c>emu new</c>, <c>emu schema</c>, <c>include</c> and <c>--set</c>.</summary>
public sealed class NewScenarioTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    [Theory]
    [InlineData("mine", null)]
    [InlineData("other.toml", "vector-per-cause")]
    public async Task ANewScenarioRunsAsExpectedAndHasItsSchemaBesideIt(string name, string? from)
    {
        var path = Path.Combine(folder, name);

        var made = await RunningProgram.RunAsync("emu", ["new", path, .. from is null ? (string[])[] : ["--from", from]]);

        Assert.Equal((0, ""), (made.Status, made.Errors));
        var file = Path.ChangeExtension(path, ".toml");
        Assert.Equal("#:schema ./scenario.schema.json", File.ReadLines(file).First());
        var schema = (await RunningProgram.RunAsync("emu", "schema")).Output;
        Assert.Equal(schema, File.ReadAllText(Path.Combine(folder, "scenario.schema.json")).TrimEnd());
        Assert.Equal(0, (await RunningProgram.RunAsync("emu", "run", file)).Status);
        var again = await RunningProgram.RunAsync("emu", "new", path);
        Assert.Equal(2, again.Status);
        Assert.Contains("is there already", again.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("inproc")]
    [InlineData("unix")]
    public async Task AKeyThatIsSetCountsInEveryProgramThatReadsTheScenario(string link)
    {
        File.WriteAllText(Path.Combine(folder, "machine.toml"), "[card.source]\nperiod = \"1ms\"\n");
        var file = Path.Combine(folder, "own.toml");
        File.WriteAllText(file, "include = \"machine.toml\"\n[run]\nduration = \"100ms\"\n");

        var run = await RunningProgram.RunAsync(
            "emu", "run", file, "--link", link, "--json", "--set", "card.source.period=10ms", "--set", "driver.buffering=single");

        Assert.Equal("", run.Errors);
        Assert.Equal(9, (int)JsonNode.Parse(run.Output)!["chunks"]!["produced"]!);
        Assert.Equal("run/3", (string?)JsonNode.Parse(run.Output)!["schema"]);
    }

    [Fact]
    public async Task AChangeThatIsNoneIsRefusedByName()
    {
        var run = await RunningProgram.RunAsync("emu", "run", "late-dpc", "--set", "driver.ring-slot=4");

        Assert.Equal(2, run.Status);
        Assert.Contains("late-dpc.toml with driver.ring-slot = 4: unknown key", run.Errors, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
