using System.Text.Json;
using Pcie.Fixtures.Programs;
using Pcie.Link.Recording;

namespace Pcie.Slow.Tests;

/// <summary>
/// The real programs:
/// <code>
/// driver-model ── emu record ── emulator        emu replay ── emulator
///                      └───── a file ─────────────────┘
/// </code>
/// </summary>
public sealed class RecordAndReplayProcessesTests : IDisposable
{
    private static readonly string Scenario = ShippedScenarios.PathOf("vector-per-cause");

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("unix:")]
    public async Task ASessionIsRecordedBetweenTwoProgramsAndReplayedAgainstAThird(string link)
    {
        using var emulator = await RunningEmulator.StartAtAsync(At(link, "card"), "--scenario", Scenario);
        using var recorder = RunningProgram.Start("emu",
            "record", "--listen", At(link, "recorder"), "--to", emulator.Uri, "-o", folder["session.tlps"]);
        var uri = (await recorder.PrintsAsync("listening on "))["listening on ".Length..];
        var driven = await RunningProgram.RunAsync("driver-model", "--card", uri, "--scenario", Scenario, "--duration", "20ms", "--json");
        Assert.Equal((0, 0), (driven.Status, await recorder.ExitAsync()));

        // The recorder between them changes nothing, and neither do two connections.
        var alone = await RunningProgram.RunAsync("emu", "run", "vector-per-cause", "--duration", "20ms", "--json", "--record", folder["alone.tlps"]);
        Assert.Equal(Digest(alone.Output), Digest(driven.Output));
        var (between, beside) = (SessionSummary.Of(folder["session.tlps"]), SessionSummary.Of(folder["alone.tlps"]));
        Assert.Equal((beside.Requests, beside.Speech, beside.Payload, beside.Last, beside.EndOfRun),
            (between.Requests, between.Speech, between.Payload, between.Last, between.EndOfRun));

        var same = await RunningProgram.RunAsync("emu", "replay", folder["session.tlps"], "--against", emulator.Uri, "--times");
        Assert.Equal((0, ""), (same.Status, same.Errors));
        Assert.EndsWith($"compared    {between.Speech} of {between.Speech} TLPs of the device are as recorded; no difference",
            same.Output, StringComparison.Ordinal);

        using var other = await RunningEmulator.StartAtAsync(At(link, "other"), "--scenario", Scenario, "--seed", "77");
        var differs = await RunningProgram.RunAsync("emu", "replay", folder["session.tlps"], "--against", other.Uri);
        Assert.Equal((3, ""), (differs.Status, differs.Errors));
        Assert.Matches(@"(?m)^DIFFERENCE  1: D48 is not as recorded: data at byte 16", differs.Output);
        Assert.Matches(@"(?m)^  expected +D48  .+ host memory  43484e4b ", differs.Output);
        Assert.EndsWith("1 difference, and stopped there", differs.Output, StringComparison.Ordinal);

        var json = await RunningProgram.RunAsync("emu", "replay", folder["session.tlps"], "--against", other.Uri, "--json", "--all", "3");
        var report = JsonDocument.Parse(json.Output).RootElement;
        Assert.Equal((3, false, 3), (json.Status, report.GetProperty("passed").GetBoolean(), report.GetProperty("differences").GetArrayLength()));
        Assert.Equal(48, report.GetProperty("differences")[0].GetProperty("expected").GetProperty("number").GetInt64());
    }

    [Fact]
    public async Task AHostThatRunsByTheWallClockIsRecordedToo()
    {
        using var emulator = await RunningEmulator.StartAsync("--scenario", ShippedScenarios.PathOf("live"));
        using var recorder = RunningProgram.Start("emu",
            "record", "--listen", "http://127.0.0.1:0", "--to", emulator.Uri, "-o", folder["live.tlps"], "--payload", "32");
        var uri = (await recorder.PrintsAsync("listening on "))["listening on ".Length..];

        var driven = await RunningProgram.RunAsync(
            "driver-model", "--card", uri, "--scenario", ShippedScenarios.PathOf("live"), "--duration", "500ms", "--json");

        Assert.Equal(0, await recorder.ExitAsync());
        var report = JsonDocument.Parse(driven.Output).RootElement;
        // A machine that is too busy does not make all that is due, and says so.
        Assert.Equal(report.GetProperty("chunks").GetProperty("not_produced").GetInt64() == 0 ? 0 : 3, driven.Status);
        Assert.True(report.GetProperty("accounted").GetBoolean());
        Assert.True(SessionSummary.Of(folder["live.tlps"]).Payload >= report.GetProperty("data").GetProperty("bytes").GetInt64());
    }

    [Fact]
    public async Task ADriverIsToldInTheDevicesWordsWhyItCannotBeAttachedThroughTheRecorder()
    {
        using var emulator = await RunningEmulator.StartAsync("--scenario", Scenario);
        using var owner = RunningProgram.Start("emu", "record", "--listen", $"unix:{folder["a"]}", "--to", emulator.Uri, "-o", folder["a.tlps"]);
        using var second = RunningProgram.Start("emu", "record", "--listen", $"unix:{folder["b"]}", "--to", emulator.Uri, "-o", folder["b.tlps"]);
        await owner.PrintsAsync("listening on ");
        await second.PrintsAsync("listening on ");
        using var driver = RunningProgram.Start("driver-model",
            "--card", $"unix:{folder["a"]}", "--scenario", ShippedScenarios.PathOf("live"), "--duration", "1min");
        await driver.LogsAsync("Attached to");

        var refused = await RunningProgram.RunAsync("driver-model", "--card", $"unix:{folder["b"]}", "--scenario", Scenario);

        Assert.Equal(2, refused.Status);
        Assert.Contains("The card is owned by 'driver-model on", refused.Errors, StringComparison.Ordinal);
        Assert.False(second.HasExited);
        second.Interrupt();
        Assert.Equal(0, await second.ExitAsync());
        Assert.False(File.Exists(folder["b.tlps"]));
    }

    [Fact]
    public async Task ADeviceThatDiesEndsTheSessionAndTheRecordingIsWhole()
    {
        using var emulator = await RunningEmulator.StartAsync("--scenario", ShippedScenarios.PathOf("live"));
        using var recorder = RunningProgram.Start("emu",
            "record", "--listen", "http://127.0.0.1:0", "--to", emulator.Uri, "-o", folder["s.tlps"], "--grace-period", "0");
        var uri = (await recorder.PrintsAsync("listening on "))["listening on ".Length..];
        using var driver = RunningProgram.Start("driver-model", "--card", uri, "--scenario", ShippedScenarios.PathOf("live"), "--duration", "1min");
        await driver.LogsAsync("Attached to");

        emulator.Program.Kill();

        Assert.Equal((3, 3), (await driver.ExitAsync(), await recorder.ExitAsync()));
        Assert.Contains("device is gone", SessionSummary.Of(folder["s.tlps"]).Down.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("this is no session recording; expected \"PCIETLPS\"", "replay", "SCENARIO", "--against", "inproc:")]
    [InlineData("--all 0: expected 1 to 2147483647", "replay", "SESSION", "--against", "inproc:", "--all", "0")]
    [InlineData("--patience 5: ", "replay", "SESSION", "--against", "inproc:", "--patience", "5")]
    [InlineData("--device-config and --wave are for inproc:", "replay", "SESSION", "--against", "unix:/tmp/no", "--seed", "4")]
    [InlineData("--device-config and --wave are for inproc:", "replay", "SESSION", "--against", "qtest:edu", "--wave", "x.fst")]
    [InlineData("leave out --times or --other-implementation", "replay", "SESSION", "--against", "inproc:", "--times", "--other-implementation")]
    [InlineData("goes by the wall clock, and this session was recorded in simulated time", "replay", "SESSION", "--against", "vfio:0000:03:00.0")]
    [InlineData("No device answered at unix:/tmp/no-such-socket-of-a-card", "replay", "SESSION", "--against", "unix:/tmp/no-such-socket-of-a-card")]
    [InlineData("nothing stands between the two", "record", "--listen", "unix:/tmp/y", "--to", "vfio:0000:03:00.0", "-o", "x.tlps")]
    [InlineData("'nowhere' is no link", "record", "--listen", "nowhere", "--to", "unix:/tmp/x", "-o", "x.tlps")]
    [InlineData("http://0.0.0.0:0: a recorder has no certificate", "record", "--listen", "http://0.0.0.0:0", "--to", "unix:/tmp/x", "-o",
        "x.tlps")]
    public async Task AMistakeIsAnsweredInALineAndEndsWithTwo(string message, params string[] arguments)
    {
        await RunningProgram.RunAsync("emu", "run", "vector-per-cause", "--duration", "1ms", "--record", folder["s.tlps"]);

        var run = await RunningProgram.RunAsync("emu", arguments.Select(a => a == "SCENARIO" ? Scenario : a == "SESSION" ? folder["s.tlps"] : a));

        Assert.Equal((2, ""), (run.Status, run.Output));
        Assert.Contains(message, run.Errors, StringComparison.Ordinal);
        Assert.Single(run.Errors.Split('\n'));
    }

    private string At(string link, string name) => link == "unix:" ? $"unix:{folder[name]}" : link;

    private static string? Digest(string report) => JsonDocument.Parse(report).RootElement.GetProperty("digest").GetString();
}
