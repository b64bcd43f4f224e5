using System.Text.Json.Nodes;
using Pcie.Campaign.Plan;
using Pcie.Docs;
using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.EndToEnd.Tests.Forms;
using Pcie.Fixtures.Programs;
using Pcie.Scenario;

namespace Pcie.EndToEnd.Tests.CommandLine;

/// <summary><c>emu campaign</c> on this machine.</summary>
public sealed class CampaignTests : IDisposable
{
    private const string Storm = """
        [campaign]
        seeds = 3
        duration = "200ms"
        [[campaign.scenario]]
        file = "dpc-storm-low"
        [[campaign.scenario]]
        file = "mine.toml"
        [[campaign.design]]
        name = "high"
        change = "driver.dpc-importance=high"
        """;

    private readonly TemporaryFolder folder = new();

    private string Campaign => folder.Write("storm.toml", Storm);

    [Fact]
    public async Task ItSaysOfEachScenarioWhatWhatIfSays()
    {
        WriteScenario();
        var ran = await EmuInProcess.RunAsync("campaign", Campaign, "--json");
        var whatIf = await EmuInProcess.RunAsync("whatif", "dpc-storm-low", "--plain", "--seeds", "3", "--duration", "200ms", "--json",
            "--change", "driver.dpc-importance=high");

        Assert.Equal((0, 0), (ran.Status, whatIf.Status));
        Assert.Contains("4 designs × 3 seeds: 12 units", ran.Errors, StringComparison.Ordinal);
        var (one, other) = (JsonNode.Parse(ran.Output)!["comparisons"]![0]!, JsonNode.Parse(whatIf.Output)!);
        OutputSchema.AssertValid(ran.Output);
        Assert.True((long)one["as_it_is"]!["lost"]! > 0);
        other["changes"]![0]!["name"] = "high";
        foreach (var member in (string[])["scenario", "as_it_is", "changes", "depths"])
            Assert.Equal(other[member]!.ToJsonString(), one[member]!.ToJsonString());
        Assert.Equal("mine", (string)JsonNode.Parse(ran.Output)!["comparisons"]![1]!["scenario"]!);
    }

    [Fact]
    public async Task WhatIsInTheFileIsNotRunAgainAndAHalfLineIs()
    {
        WriteScenario();
        var (whole, begun) = (folder["whole.jsonl"], folder["begun.jsonl"]);
        await EmuInProcess.RunAsync("campaign", Campaign, "--out", whole, "--processors", "1");
        var lines = await File.ReadAllLinesAsync(whole, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(begun, $"{string.Join('\n', lines[..5])}\n{lines[5][..50]}", TestContext.Current.CancellationToken);

        var went = await EmuInProcess.RunAsync("campaign", Campaign, "--out", begun, "--json");

        Assert.Equal(12, lines.Length);
        Assert.Equal((5L, 7L), (Figure("known_before"), Figure("run")));
        Assert.Equal(lines.Order(), (await File.ReadAllLinesAsync(begun, TestContext.Current.CancellationToken)).Order());

        long Figure(string name) => (long)JsonNode.Parse(went.Output)![name]!;
    }

    // The processes die with SIGKILL, wherever they are.
    [Fact]
    public async Task KilledAgainAndAgainEveryUnitIsCountedOnce()
    {
        WriteScenario();
        var (lines, campaign) = (folder["killed.jsonl"], folder.Write("longer.toml", Storm.Replace("200ms", "2s", StringComparison.Ordinal)));
        using var written = new SemaphoreSlim(0);
        using var watcher = new FileSystemWatcher(Path.GetDirectoryName(lines)!, "*.jsonl");
        watcher.Changed += (_, _) => written.Release();
        watcher.EnableRaisingEvents = true;
        for (var wanted = 1; wanted <= 3; wanted++)
        {
            using var program = RunningProgram.Start("emu", "campaign", campaign, "--out", lines);
            await program.LogsAsync("12 units");
            while (!program.HasExited && Count(lines) < wanted) await written.WaitAsync(TestContext.Current.CancellationToken);
            program.Kill();
            await program.ExitAsync();
        }
        var ended = await EmuInProcess.RunAsync("campaign", campaign, "--out", lines, "--json");

        Assert.Equal(0, ended.Status);
        var units = (await File.ReadAllLinesAsync(lines, TestContext.Current.CancellationToken)).Select(line => JsonNode.Parse(line)!)
            .Select(unit => ((string)unit["content"]!, (long)unit["seed"]!)).ToList();
        Assert.Equal((12, 12), (units.Count, units.Distinct().Count()));
        Assert.InRange((int)JsonNode.Parse(ended.Output)!["known_before"]!, 1, 12);
    }

    [Fact]
    public async Task AMillionUnitsAreSaidListedNowhereAndBegunAtOnce()
    {
        WriteScenario();
        var (lines, campaign) = (folder["million.jsonl"], folder.Write("million.toml",
            Storm.Replace("seeds = 3", "seeds = 250000", StringComparison.Ordinal).Replace("200ms", "1ms", StringComparison.Ordinal)));
        using var program = RunningProgram.Start("emu", "campaign", campaign, "--out", lines);
        await program.LogsAsync("4 designs × 250,000 seeds: 1,000,000 units");
        while (!program.HasExited && Count(lines) < 100) await Task.Yield();
        program.Interrupt();

        Assert.Equal(5, await program.ExitAsync());
        Assert.Contains("of 1,000,000 units are done: the same command goes on from there", program.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AChangedFileThatAScenarioNamesIsAnotherContent()
    {
        var campaign = folder.Write("file.toml", Storm.Replace("file = \"dpc-storm-low\"", "file = \"streams.toml\"", StringComparison.Ordinal));
        WriteScenario();
        folder.Write("streams.toml",
            "include = \"mine.toml\"\n[run]\nname = \"streams\"\n[card.source]\nkind = \"file\"\npath = \"data.bin\"\n");
        var lines = folder["file.jsonl"];
        folder.Write("data.bin", new string('a', 1 << 16));
        var first = await EmuInProcess.RunAsync("campaign", campaign, "--out", lines);
        folder.Write("data.bin", new string('b', 1 << 16));
        var second = await EmuInProcess.RunAsync("campaign", campaign, "--out", lines);

        Assert.Equal((0, 0), (first.Status, second.Status));
        Assert.Contains("of which 6 are known", second.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("seeds = 3", "sedes = 3", "storm.toml:2:1: unknown key \"sedes\" in [campaign]; did you mean \"seeds\"?")]
    [InlineData("seeds = 3", "seeds = 0", "\"seeds\" in [campaign] is 0; expected 1 to 10000000")]
    [InlineData("mine.toml", "yours.toml", "'yours.toml' is neither a file nor a shipped scenario")]
    [InlineData("importance=high", "importance=highest", "the design high cannot be run: ")]
    [InlineData("dpc-storm-low", "live", "live.toml runs by the wall clock")]
    [InlineData("mine.toml", "dpc-storm-low", "two scenarios are called dpc-storm-low")]
    [InlineData("[[campaign.scenario]]", "[[campaign.scenarios]]", "unknown table \"scenarios\" in [campaign]; did you mean \"scenario\"?")]
    public async Task AMistakeIsRefusedBeforeAnythingRuns(string right, string wrong, string message)
    {
        WriteScenario();
        var campaign = folder.Write("storm.toml", Storm.Replace(right, wrong, StringComparison.Ordinal));

        var refused = await EmuInProcess.RunAsync("campaign", campaign);

        Assert.Equal((2, ""), (refused.Status, refused.Output));
        Assert.Contains(message, refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFileOfSomethingElseIsNotWrittenTo()
    {
        WriteScenario();
        var notes = folder.Write("notes.txt", "buy milk\n");

        var refused = await EmuInProcess.RunAsync("campaign", Campaign, "--out", notes);

        Assert.Equal(2, refused.Status);
        Assert.Contains("notes.txt:1: ", refused.Errors, StringComparison.Ordinal);
        Assert.Equal("buy milk\n", await File.ReadAllTextAsync(notes, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void EveryKeyIsInTheDocumentAsItIsDeclared()
    {
        var text = File.ReadAllText(Path.Combine(GeneratedDocument.Repository, "docs/campaigns.md"));
        foreach (var type in (Type[])[typeof(CampaignOptions), typeof(CampaignScenario), typeof(CampaignDesign)])
        foreach (var key in TableDeclaration.Of(type).Keys)
            Assert.Contains($"`{key.Name}` | {key.Sentence}", text, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private void WriteScenario()
    {
        File.Copy(ShippedScenarios.PathOf("dpc-storm-low"), folder["base.toml"], overwrite: true);
        folder.Write("mine.toml", "include = \"base.toml\"\n[run]\nname = \"mine\"\nseed = 70\n");
    }

    private static int Count(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Count(c => c == '\n');
    }
}
