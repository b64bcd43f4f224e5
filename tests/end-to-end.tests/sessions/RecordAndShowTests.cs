using System.Text.Json;
using Pcie.DriverModel.Daq.Report;
using Pcie.Emu.Running;
using Pcie.Fixtures.Programs;
using Pcie.Link.Recording;
using Pcie.Pci;

namespace Pcie.EndToEnd.Tests.Sessions;

/// <summary>A run's session on the link in a file, and the file as a listing.</summary>
public sealed class RecordAndShowTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("vector-per-cause")]
    [InlineData("scatter-gather")]
    public async Task TheSameScenarioGivesTheSameRecordingOverEveryLink(string scenario)
    {
        var request = new RunRequest(ShippedScenarios.PathOf(scenario), LinkKind.Inproc) { Duration = "10ms", RecordFile = folder["inproc.tlps"] };
        new InProcessRun(request).Execute(TestContext.Current.CancellationToken);
        foreach (var link in (LinkKind[])[LinkKind.Grpc, LinkKind.Unix])
        {
            await TwoProcessRun.ExecuteAsync(request with { Link = link, RecordFile = folder["two.tlps"] }, null,
                TestContext.Current.CancellationToken);

            Assert.Equal(File.ReadAllBytes(folder["inproc.tlps"]), File.ReadAllBytes(folder["two.tlps"]));
        }
    }

    [Fact]
    public void RecordingLeavesTheRunAsItIs()
    {
        var request = new RunRequest(ShippedScenarios.PathOf("late-dpc"), LinkKind.Inproc) { Duration = "2s" };
        var plain = new InProcessRun(request).Execute(TestContext.Current.CancellationToken);
        var recorded = new InProcessRun(request with { RecordFile = folder["run.tlps"] }).Execute(TestContext.Current.CancellationToken);

        Assert.Equal((plain.Digest, plain.RoundTrips), (recorded.Digest, recorded.RoundTrips));
        Assert.Equal("late-dpc, seed 112", SessionSummary.Of(folder["run.tlps"]).Head.Note);
    }

    [Fact]
    public void ByTheWallClockEveryTlpOfBothSidesIsRecorded()
    {
        var report = (DaqReport)new InProcessRun(new RunRequest(ShippedScenarios.PathOf("live"), LinkKind.Inproc)
        {
            Duration = "300ms", RecordFile = folder["live.tlps"], RecordPayload = 64,
        }).Execute(TestContext.Current.CancellationToken);

        var summary = SessionSummary.Of(folder["live.tlps"]);

        Assert.True(report.Accounted);
        Assert.Equal(LinkDownReason.Detached, summary.Down.Reason);
        // Each chunk is a payload and a header.
        Assert.True(report.Chunks.Delivered > 0);
        Assert.True(summary.Payload >= report.Data.Bytes && summary.Speech > 2 * report.Chunks.Delivered);
        // And yet of megabytes little is kept.
        Assert.InRange(new FileInfo(folder["live.tlps"]).Length, 500, summary.Payload / 10);
    }

    [Fact]
    public async Task ShowListsTheSessionInTheOrderOfTimeWithRegistersByName()
    {
        var ran = await RunningProgram.RunAsync("emu", "run", "vector-per-cause", "--duration", "2ms", "--record", folder["run.tlps"]);
        var shown = await RunningProgram.RunAsync("emu", "show", folder["run.tlps"]);

        Assert.Equal((0, 0, ""), (ran.Status, shown.Status, shown.Errors));
        var lines = shown.Output.Split('\n');
        Assert.Matches(@"^session     vector-per-cause, seed 5: driver-model on .+ → daq \[fda0:da01\], free-running, latency 500 ns$", lines[0]);
        Assert.Equal("      H1  00:00:00.000000000  →  CfgRd0   0  0x000                       4  config ID", lines[3]);
        Assert.Equal("      D1  00:00:00.000000500  ←  CplD     0  0x000                       4  config ID  = 0xda01fda0", lines[4]);
        Assert.Contains(lines, line => line.EndsWith("  BAR 0 INT_ENABLE  = 0x0000003f", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains(
            "←  MWr         0xfee00000                  4  MSI to CPU 0  = 0x000000c0", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.EndsWith("  host memory  43484e4b 00400000 00000000 00000000 …", StringComparison.Ordinal));
        Assert.Equal("link        The run is over.", lines[^1]);
        var times = lines[3..^4].Where(line => line.Length > 0).Select(line => line[10..28]).ToList();
        Assert.Equal(times.Order(StringComparer.Ordinal), times);
    }

    [Fact]
    public async Task ShowAsJsonIsOneObjectWithEveryTlpOfTheTimeAskedFor()
    {
        await RunningProgram.RunAsync("emu", "run", "vector-per-cause", "--duration", "2ms", "--record", folder["run.tlps"]);
        var shown = await RunningProgram.RunAsync("emu", "show", folder["run.tlps"], "--json", "--from", "37us", "--to", "38us");

        var tlps = JsonDocument.Parse(shown.Output).RootElement.GetProperty("tlps").EnumerateArray().ToList();
        Assert.Equal(["MRd 37000", "CplD 37500"], tlps.Select(t => $"{t.GetProperty("tlp")} {t.GetProperty("time_ns")}"));
        Assert.Equal("BAR 0 ID", tlps[1].GetProperty("what").GetString());
        Assert.Equal("31514144", tlps[1].GetProperty("payload").GetString());
    }

    [Fact]
    public async Task ADamagedRecordingIsShownAsFarAsItGoesAndThenRefusedWithThePlace()
    {
        await RunningProgram.RunAsync("emu", "run", "vector-per-cause", "--duration", "20ms", "--record", folder["run.tlps"]);
        var bytes = File.ReadAllBytes(folder["run.tlps"]);
        File.WriteAllBytes(folder["cut.tlps"], bytes[..^10]);

        var shown = await RunningProgram.RunAsync("emu", "show", folder["cut.tlps"]);

        Assert.Equal(2, shown.Status);
        Assert.StartsWith($"emu: cut.tlps: Byte {bytes.Length - 10} of the session recording: the recording ends within a block", shown.Errors,
            StringComparison.Ordinal);
        Assert.Contains("config ID  = 0xda01fda0", shown.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vector-per-cause", "inproc", "40ms")]
    [InlineData("vector-per-cause", "grpc", "40ms")]
    [InlineData("live", "inproc", "300ms")]
    public async Task ARecordingThatReachesItsLimitSaysSoAndIsShownAndReplayed(string scenario, string link, string duration)
    {
        var ran = await RunningProgram.RunAsync("emu", "run", scenario, "--link", link, "--duration", duration, "--record", folder["run.tlps"],
            "--record-limit", "1 MiB");
        var shown = await RunningProgram.RunAsync("emu", "show", folder["run.tlps"]);

        Assert.Equal(0, ran.Status);
        Assert.Contains("at its limit of 1048576 bytes; the session goes on", ran.Errors, StringComparison.Ordinal);
        Assert.InRange(new FileInfo(folder["run.tlps"]).Length, 500_000, 1 << 20);
        Assert.Equal(0, shown.Status);
        Assert.EndsWith("link        The recording ends at its limit; the session went on.", shown.Output, StringComparison.Ordinal);
        // By the wall clock a card that streams never says the same twice.
        if (scenario == "live") return;
        var replayed = await RunningProgram.RunAsync("emu", "replay", folder["run.tlps"], "--against", "inproc:", "--scenario", scenario, "--times");
        Assert.True(replayed.Status == 0, replayed.ToString());
    }

    [Theory]
    [InlineData("there is no file 'nowhere.tlps'", "show", "nowhere.tlps")]
    [InlineData("--record-payload needs --record", "run", "late-dpc", "--record-payload", "4")]
    [InlineData("--record-limit needs --record", "run", "late-dpc", "--record-limit", "1 GiB")]
    [InlineData("--record-limit 1 KiB: expected 1 MiB or more", "run", "late-dpc", "--record", "x.tlps", "--record-limit", "1 KiB")]
    [InlineData("--record-limit 7 miles: ", "run", "late-dpc", "--record", "x.tlps", "--record-limit", "7 miles")]
    [InlineData("--record-payload -3: expected 0 to 8388608 bytes", "run", "late-dpc", "--record", "x.tlps", "--record-payload", "-3")]
    public async Task AMistakeIsAnsweredInALineAndEndsWithTwo(string message, params string[] arguments)
    {
        var run = await RunningProgram.RunAsync("emu", arguments);

        Assert.Equal((2, ""), (run.Status, run.Output));
        Assert.Contains(message, run.Errors, StringComparison.OrdinalIgnoreCase);
        Assert.Single(run.Errors.Split('\n'));
    }
}
