using System.Text.Json.Nodes;
using Pcie.Fixtures.Programs;

namespace Pcie.Slow.Tests;

/// <summary>
/// Whatever becomes of <c>emu run</c> with two processes, neither outlives it. That <see cref="RunningProgram.ExitAsync"/> returns is
/// half of each test: it waits until nobody of the family is left.
/// </summary>
public sealed class OrphanTests
{
    private static readonly string[] Live = ["run", "live", "--json", "--log-level", "info", "--link"];

    [Theory]
    [InlineData("grpc")]
    [InlineData("unix")]
    public async Task AnInterruptOfEmuEndsBothAndReportsWhatThereIs(string link)
    {
        using var emu = await StartLiveAsync(link);
        emu.Interrupt();

        Assert.Equal(5, await emu.ExitAsync());
        var report = JsonNode.Parse(emu.Output)!;
        Assert.Equal("cancelled", (string?)report["outcome"]);
        // What it really covered, and not what it was to cover; and [expect] is about a whole run.
        Assert.InRange((long)report["simulated_ns"]!, 0, 4_999_999_999);
        Assert.StartsWith("The run was interrupted after ", Assert.Single(report["expect"]!["failures"]!.AsArray())!.GetValue<string>(),
            StringComparison.Ordinal);
        AssertNoSocketIsLeft(emu);
    }

    [Fact]
    public async Task ATerminalThatIsClosedIsAnInterruptToo()
    {
        using var emu = await StartLiveAsync("unix");
        emu.HangUp();

        Assert.Equal(5, await emu.ExitAsync());
        AssertNoSocketIsLeft(emu);
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("unix")]
    [InlineData("shm")]
    public async Task EmuThatIsKilledLeavesNobodyBehind(string link)
    {
        using var emu = await StartLiveAsync(link);
        emu.Kill();

        await emu.ExitAsync();
        AssertNoSocketIsLeft(emu);
    }

    [Fact]
    public async Task ControlCInATerminalReachesAllThreeAndAllThreeEnd()
    {
        if (OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()) Assert.Skip("Needs setsid, which Linux has.");
        using var emu = RunningProgram.StartInSession("emu", [.. Live, "grpc"]);
        await emu.LogsAsync("Attached to ");
        emu.InterruptAll();

        Assert.Equal(5, await emu.ExitAsync());
    }

    [Fact]
    public async Task AnInterruptBeforeAnybodyHasAttachedEndsBothToo()
    {
        using var emu = RunningProgram.Start("emu", [.. Live, "grpc"]);
        emu.Interrupt();

        Assert.NotEqual(0, await emu.ExitAsync());
    }

    [Fact]
    public async Task ADriverThatRefusesTheScenarioLeavesNoEmulatorBehind()
    {
        using var folder = new TemporaryFolder();
        var scenario = folder.Write("mine.toml", "[driver]\nring-slots = 0\n");

        var run = await RunningProgram.RunAsync("emu", "run", scenario, "--link", "unix");

        Assert.Equal(2, run.Status);
        Assert.Contains("mine.toml:2:14: ", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ACardWithoutItsFileIsRefusedWithTwoAndLeavesNobodyBehind()
    {
        using var folder = new TemporaryFolder();
        var scenario = folder.Write("mine.toml", "[card.source]\nkind = \"file\"\npath = \"not-there\"\n");

        var run = await RunningProgram.RunAsync("emu", "run", scenario, "--link", "grpc");

        Assert.Equal(2, run.Status);
        Assert.Contains("not-there", run.Errors, StringComparison.Ordinal);
    }

    private static async Task<RunningProgram> StartLiveAsync(string link)
    {
        var emu = RunningProgram.Start("emu", [.. Live, link]);
        await emu.LogsAsync("Attached to ");
        return emu;
    }

    private static void AssertNoSocketIsLeft(RunningProgram emu) =>
        Assert.Empty(Directory.GetFiles(Path.GetTempPath(), $"emu-{emu.ProcessId}-*.sock"));
}
