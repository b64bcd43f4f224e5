using System.Text.Json.Nodes;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.CommandLine;

/// <summary><c>emu card</c> and <c>emu host</c>: the two programs of whoever has the tool installed.</summary>
public sealed class InstalledProgramsTests
{
    private const string Ready = "listening on ";

    [Fact]
    public async Task AHostRunsAShippedScenarioAgainstACardThatTheSameToolServes()
    {
        using var card = RunningProgram.Start("emu", "card", "--listen", "http://127.0.0.1:0", "--scenario", "raised-irql", "--once");
        var uri = (await card.PrintsAsync(Ready))[Ready.Length..];

        var host = await RunningProgram.RunAsync("emu", "host", "--card", uri, "--scenario", "raised-irql", "--duration", "1s", "--json");

        Assert.True(host.Status == 0, host.Errors);
        var report = JsonNode.Parse(host.Output)!;
        Assert.Equal(("raised-irql", "completed"), ((string?)report["scenario"], (string?)report["outcome"]));
        Assert.True(await card.ExitAsync() == 0, card.ToString());
    }

    [Theory]
    [InlineData("emu", "card")]
    [InlineData("emulator")]
    public async Task ACardThatIsToldToTerminateEndsWithZero(string program, params string[] command)
    {
        using var card = RunningProgram.Start(program, [.. command, "--device", "edu", "--listen", "http://127.0.0.1:0"]);
        await card.PrintsAsync(Ready);

        card.Terminate();

        Assert.True(await card.ExitAsync() == 0, card.ToString());
    }

    [Fact]
    public async Task ACardInThisProcessIsForProgramsThatHaveOne()
    {
        var host = await RunningProgram.RunAsync("emu", "host", "--card", "inproc:");

        Assert.Equal((2, ""), (host.Status, host.Output));
        Assert.Contains("no card is in this one; use emu run for that", host.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AHostWritesNoFileForPerfettoAndSaysWhatDoes()
    {
        var host = await RunningProgram.RunAsync("emu", "host", "--scenario", "raised-irql", "--trace", "run.perfetto-trace");

        Assert.Equal((2, ""), (host.Status, host.Output));
        Assert.Contains("emu export FILE.trace makes one for ui.perfetto.dev", host.Errors, StringComparison.Ordinal);
    }
}
