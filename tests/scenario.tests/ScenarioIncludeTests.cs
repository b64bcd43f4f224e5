using Pcie.Time;

namespace Pcie.Scenario.Tests;

/// <summary>Files that a scenario begins as.</summary>
public sealed class ScenarioIncludeTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    [Fact]
    public void OwnKeysAreLaidOverTheIncludedOnesAndListsOfTablesAreJoined()
    {
        Write("machine.toml", "[run]\nseed = 7\nduration = \"1s\"\n[[host.interference]]\nname = \"a\"\n");
        Write("more/second.toml", "[run]\nseed = 8\n[[host.interference]]\nname = \"b\"\n");

        var file = Load("include = [\"machine.toml\", \"more/second.toml\"]\n[run]\ntitle = \"x\"\n[[host.interference]]\nname = \"c\"\n");

        var run = RunScenario.Read(file);
        Assert.Equal((8UL, Duration.FromSeconds(1), "x"), (run.Seed, run.Duration, run.Title));
        Assert.Equal(["a", "b", "c"], file.Table("host").Tables("interference").Select(table => table.Text("name")));
    }

    [Fact]
    public void ARelativePathStartsFromTheFileThatSaysIt()
    {
        Write("sub/machine.toml", "[card]\npath = \"a.bin\"\n");

        var file = Load("include = \"sub/machine.toml\"\n[host]\npath = \"b.bin\"\n");

        Assert.Equal(Path.Combine(folder, "sub", "a.bin"), file.Table("card").FilePath("path"));
        Assert.Equal(Path.Combine(folder, "b.bin"), file.Table("host").FilePath("path"));
    }

    [Fact]
    public void AnErrorNamesTheFileAndTheLineThatAreWrong()
    {
        Write("machine.toml", "\n[run]\nseed = \"seven\"\n");

        var refused = Assert.Throws<ScenarioException>(() => RunScenario.Read(Load("include = \"machine.toml\"\n")));

        Assert.StartsWith("machine.toml:3:8: ", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("include = \"none.toml\"\n", "own.toml:1:11: include: ")]
    [InlineData("include = 4\n", "own.toml:1:11: \"include\" in the file is 4; expected a file's name, or a list of them")]
    [InlineData("include = [\"loop.toml\"]\n", "loop.toml includes itself")]
    [InlineData("include = \"deep0.toml\"\n", "includes go 8 files deep at most")]
    [InlineData("include = \"table.toml\"\nrun = 4\n", "own.toml:2:1: run is a table")]
    public void WhatCannotBeIncludedIsRefused(string text, string message)
    {
        Write("loop.toml", "include = \"loop.toml\"\n");
        Write("table.toml", "[run]\nseed = 1\n");
        for (var i = 0; i < 10; i++) Write($"deep{i}.toml", $"include = \"deep{i + 1}.toml\"\n");

        Assert.Contains(message, Assert.Throws<ScenarioException>(() => Load(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AChangeIsLaidOverEverythingAndOneAfterTheOther()
    {
        Write("machine.toml", "[run]\nseed = 7\n");

        var file = Load("include = \"machine.toml\"\n[run]\nseed = 8\n");

        Assert.Equal(9UL, RunScenario.Read(file.With([new("run.seed", "9")])).Seed);
        var twice = RunScenario.Read(file.With([new("run.seed", "9")]).With([new("run.title", "\"t\"")]));
        Assert.Equal((9UL, "t"), (twice.Seed, twice.Title));
        Assert.Contains("own.toml with run.seed = \"x\": ",
            Assert.Throws<ScenarioException>(() => RunScenario.Read(file.With([new("run.seed", "\"x\"")]))).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private ScenarioFile Load(string text)
    {
        Write("own.toml", text);
        return ScenarioFile.Load(Path.Combine(folder, "own.toml"));
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
