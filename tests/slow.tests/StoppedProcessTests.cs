using System.Diagnostics;
using System.Text.Json.Nodes;
using Pcie.Control.Wire;
using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Daq;
using Pcie.Fixtures.Programs;
using Pcie.Link;
using Pcie.Link.Grpc.Host;
using Pcie.Scenario;

namespace Pcie.Slow.Tests;

/// <summary>
/// One of two real processes is stopped (SIGSTOP) while its connections stay, is found out by the other within the keep-alive, and goes on
/// within the grace period (SIGCONT): the session resumes, and nothing is lost.
/// </summary>
public sealed class StoppedProcessTests
{
    private const string OnceInTwoSeconds = """
        [run]
        pacing = "wall-clock"
        duration = "4s"
        [card.source]
        kind = "counter"
        chunk = "4 KiB"
        rate = "2 kB/s"
        hash = true
        [host.reader]
        hash = true
        [driver]
        buffering = "ring"
        ring-slots = 64
        last-look = "after-flushed-rearm"
        """;

    // The ring takes what comes while the driver is stopped.
    private const string Streaming = """
        [run]
        pacing = "wall-clock"
        duration = "4s"
        [card.source]
        kind = "counter"
        chunk = "64 KiB"
        rate = "10 MB/s"
        hash = true
        [host.reader]
        cyclic-buffer-chunks = 2048
        hash = true
        [driver]
        buffering = "ring"
        ring-slots = 1024
        last-look = "after-flushed-rearm"
        copy-rate = "8 GB/s"
        """;

    private static readonly TimeSpan KeepAlive = TimeSpan.FromMilliseconds(300);

    // What a busy machine adds, and the way of a log line to this test; without a heartbeat, HTTP/2's pings would take four seconds.
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(3000);

    private static readonly string[] Patience = ["--keep-alive", "300ms", "--grace-period", "60s"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http://127.0.0.1:0", "driver", OnceInTwoSeconds)]
    [InlineData("unix:", "emulator", OnceInTwoSeconds)]
    [InlineData("unix:", "driver", Streaming)]
    [InlineData("http://127.0.0.1:0", "emulator", Streaming)]
    [InlineData("shm:", "driver", Streaming)]
    public async Task AStoppedProcessIsFoundWithinTheKeepAliveAndLosesNothingWhenItGoesOn(string medium, string stopped, string scenario)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["run.toml"], scenario, Cancelled);
        using var emulator = await StartEmulatorAsync(medium, folder, folder["run.toml"]);
        using var driver = await AttachAsync(emulator, folder["run.toml"]);
        if (scenario == Streaming) await StreamingAsync(emulator, driver);

        await StopAndGoOnAsync(stopped, emulator.Program, driver);

        var report = await CompletedAsync(driver);
        Assert.True((bool)report["data"]!["hash_equal"]!, driver.ToString());
        var chunks = report["chunks"]!;
        Assert.InRange((long)chunks["delivered"]!, scenario == Streaming ? 300 : 1, 10_000);
        Assert.Equal((long)chunks["produced"]!, (long)chunks["delivered"]! + (long)chunks["in_flight"]!);
    }

    [Theory]
    [InlineData("http://127.0.0.1:0", "driver")]
    [InlineData("unix:", "emulator")]
    [InlineData("shm:", "emulator")]
    public async Task SimulatedTimeStandsStillMeanwhileSoThatTheDigestIsThatOfAnUndisturbedRun(string medium, string stopped)
    {
        const string Simulated = "4min";
        using var folder = new TemporaryFolder();
        var path = ShippedScenarios.PathOf("late-dpc");
        using var emulator = await StartEmulatorAsync(medium, folder, path);
        using var driver = await AttachAsync(emulator, path, "--duration", Simulated);

        await StopAndGoOnAsync(stopped, emulator.Program, driver);

        var report = await CompletedAsync(driver);
        var file = ScenarioFile.Load(path);
        var host = HostScenario.Read(file).With(null, Simulated);
        var card = DaqCardOptions.Read(file, host.Run.Seed);
        Assert.Equal(DirectRun.Of(host, card).ToJson()["digest"]!.ToString(), report["digest"]!.ToString());
    }

    private static async Task StopAndGoOnAsync(string stopped, RunningProgram emulator, RunningProgram driver)
    {
        var (victim, witness) = stopped == "driver" ? (driver, emulator) : (emulator, driver);
        victim.Freeze();
        var since = Stopwatch.GetTimestamp();
        await witness.LogsAsync("Nothing was heard for 0.3 s");
        var found = Stopwatch.GetElapsedTime(since);
        victim.Thaw();
        await emulator.LogsAsync(" resumed, ");
        await driver.LogsAsync("Resumed, epoch 1");
        Assert.InRange(found, TimeSpan.Zero, KeepAlive + Slack);
    }

    private static async Task<JsonNode> CompletedAsync(RunningProgram driver)
    {
        Assert.True(await driver.ExitAsync() is 0 or 3, driver.ToString());
        var report = JsonNode.Parse(driver.Output)!;
        Assert.True((string?)report["outcome"] == "completed", driver.ToString());
        return report;
    }

    private static Task<RunningEmulator> StartEmulatorAsync(string medium, TemporaryFolder folder, string scenario) =>
        RunningEmulator.StartAtAsync(medium is "unix:" or "shm:" ? $"{medium}{folder["card.sock"]}" : medium, ["--scenario", scenario, .. Patience]);

    private static async Task<RunningProgram> AttachAsync(RunningEmulator emulator, string scenario, params string[] more)
    {
        var driver = RunningProgram.Start("driver-model", ["--card", emulator.Uri, "--scenario", scenario, "--json", .. Patience, .. more]);
        await driver.LogsAsync("Attached to ");
        return driver;
    }

    private static async Task StreamingAsync(RunningEmulator emulator, RunningProgram driver)
    {
        using var channel = HostConnector.OpenChannel(LinkUri.Parse(emulator.Uri), TimeSpan.FromMinutes(1));
        var card = new CardControl.CardControlClient(channel);
        Statistics statistics;
        do statistics = await card.GetStatisticsAsync(new StatisticsRequest(), cancellationToken: Cancelled);
        while (statistics.Counters["chunks.written"] == 0 && !driver.HasExited);
    }
}
