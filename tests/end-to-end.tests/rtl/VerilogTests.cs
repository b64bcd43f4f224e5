using Pcie.DriverModel.Daq.Report;
using Pcie.Emu.Running;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.Rtl;

/// <summary>
/// Cards in Verilog and VHDL, from their sources on.
/// <code>
/// ticker.v ── build-card ──► libticker.so ◄── emu check (process)
/// </code>
/// </summary>
public sealed class VerilogTests
{
    private static readonly string Examples = Path.Combine(RtlBuild.Rtl, "examples"), DaqConfig = Path.Combine(RtlBuild.Rtl, "daq", "daq.toml");

    [Fact]
    public async Task CommandsOfThePageEndInAPassingCheck()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(ShippedScenarios.Repository, "docs", "rtl.md"), TestContext.Current.CancellationToken);
        var commands = page.Split('\n').Where(line => line.StartsWith("    ", StringComparison.Ordinal)).Select(line => line.Trim()).ToList();
        var build = Assert.Single(commands, command => command.Contains("build-card -o libticker.so", StringComparison.Ordinal)).Split(' ');
        var check = Assert.Single(commands, command => command.StartsWith("emu check inproc: --device rtl:libticker.so", StringComparison.Ordinal));
        var library = await RtlBuild.VerilogAsync("ticker", Path.Combine(ShippedScenarios.Repository, build[^1]));
        Assert.Equal(RtlBuild.BuildCard, Path.Combine(ShippedScenarios.Repository, build[0]));
        var ran = await RunningProgram.RunAsync("emu", check.Split(' ').Skip(1).Select(word => word.Replace("libticker.so", library,
            StringComparison.Ordinal)).Select(word => word.StartsWith("emulator/", StringComparison.Ordinal)
                ? Path.Combine(ShippedScenarios.Repository, word) : word));
        Assert.Contains("24 passed, 0 failed, 5 not applicable", ran.Output, StringComparison.Ordinal);
        Assert.Contains("`24 passed, 0 failed, 5 not applicable`", page, StringComparison.Ordinal);
        Assert.Equal(0, ran.Status);
    }

    [Fact]
    public async Task CardInVhdlPassesTheSuite()
    {
        RtlBuild.Require("ghdl");
        using var folder = new TemporaryFolder();
        var verilog = folder["blinker.v"];
        await RtlBuild.RunAsync("sh", "-c", $"cd {Path.GetDirectoryName(verilog)} && ghdl --synth --std=08 --out=verilog "
            + $"{Path.Combine(Examples, "blinker.vhd")} -e blinker > blinker.v");
        var library = await RtlBuild.VerilogAsync("blinker", verilog);
        var check = await RunningProgram.RunAsync("emu", "check", "inproc:", "--device", $"rtl:{library}", "--profile",
            Path.Combine(Examples, "blinker-profile.toml"));
        // It asks for its message, and holds that until it is acknowledged.
        Assert.Contains("passed  msi-enable", check.Output, StringComparison.Ordinal);
        Assert.Contains(" 0 failed", check.Output, StringComparison.Ordinal);
        Assert.Equal(0, check.Status);
    }

    [Fact]
    public async Task DataAcquisitionCardInVerilogPassesEveryCheck()
    {
        var check = await RunningProgram.RunAsync("emu", "check", "inproc:", "--device", $"rtl:{await RtlBuild.DaqAsync()}", "--device-config",
            DaqConfig);
        Assert.Contains("28 passed, 0 failed, 1 not applicable", check.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rearm-race-level", "30ms")]
    [InlineData("rearm-race-auto-mask-lossy", "30ms")]
    [InlineData("coalesced-interrupts-drained", "50ms")]
    [InlineData("vector-per-cause-spread", "30ms")]
    [InlineData("scatter-gather", "15ms")]
    [InlineData("fault-function-reset", "200ms")]
    [InlineData("late-dpc", "5s")]
    public async Task SameChunksAndInterruptsAsTheCardInCSharp(string scenario, string duration)
    {
        var request = new RunRequest(ShippedScenarios.PathOf(scenario), LinkKind.Inproc) { Duration = duration };
        var expected = Run(request);
        var seen = Run(request with { Device = $"rtl:{await RtlBuild.DaqAsync()}", DeviceConfig = DaqConfig });
        Assert.True(expected.Chunks.Produced > 10);
        Assert.Equal((expected.Chunks, expected.Accounted, expected.Interrupts), (seen.Chunks, seen.Accounted, seen.Interrupts));
    }

    [Fact]
    public async Task TwoRunsHaveOneDigest()
    {
        var request = new RunRequest(ShippedScenarios.PathOf("rearm-race-level"), LinkKind.Inproc)
        {
            Duration = "5ms", Device = $"rtl:{await RtlBuild.DaqAsync()}", DeviceConfig = DaqConfig,
        };
        Assert.Equal(Run(request).Digest, Run(request).Digest);
    }

    [Fact]
    public async Task ItsSessionIsPlayedAgainstItAgainToTheNanosecond()
    {
        using var folder = new TemporaryFolder();
        string[] card = ["--device", $"rtl:{await RtlBuild.DaqAsync()}", "--device-config", DaqConfig];
        var ran = await RunningProgram.RunAsync("emu", ["run", "scatter-gather", "--duration", "2ms", "--record", folder["daq.tlps"], .. card]);
        Assert.True(ran.Status == 0, ran.ToString());
        var replayed = await RunningProgram.RunAsync("emu",
            ["replay", folder["daq.tlps"], "--against", "inproc:", "--scenario", "scatter-gather", "--times", .. card]);
        Assert.Contains("no difference", replayed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ScenarioThatTheVerilogCannotBeIsRefused()
    {
        var refused = await RunningProgram.RunAsync("emu", "run", "stream", "--device", $"rtl:{await RtlBuild.DaqAsync()}", "--device-config",
            DaqConfig);
        Assert.Equal(2, refused.Status);
        Assert.Contains("its source is a counter; the scenario says source.kind otherwise", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FatalInVerilogEndsTheSessionWithItsText()
    {
        using var folder = new TemporaryFolder();
        var config = folder.Write("card.toml", "[card]\ndaq = false\n[card.pins]\ncfg_fifo_chunks = 100\n");
        var refused = await RunningProgram.RunAsync("emulator", "--device", $"rtl:{await RtlBuild.DaqAsync()}", "--device-config", config);
        Assert.Equal(2, refused.Status);
        Assert.Contains("the FIFO does not fit", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RegistersOfTheVerilogAreThoseOfTheDeclaration()
    {
        using var folder = new TemporaryFolder();
        await RunningProgram.RunAsync("emu", "registers", "export", "--device", "daq", "--format", "verilog", "-o", folder["daq.vh"]);
        Assert.Equal(await File.ReadAllTextAsync(folder["daq.vh"], TestContext.Current.CancellationToken),
            await File.ReadAllTextAsync(Path.Combine(RtlBuild.Rtl, "daq", "daq_registers.vh"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task WaveformsAreWrittenFromTheFirstCycleOfTheRun()
    {
        var library = await RtlBuild.VerilogAsync("ticker-wave", "--wave", Path.Combine(Examples, "ticker.v"));
        using var folder = new TemporaryFolder();
        using (var emulator = await RunningEmulator.StartAsync("--device", $"rtl:{library}", "--device-config", Path.Combine(Examples, "ticker.toml"),
            "--wave", folder["card.fst"]))
        {
            var check = await RunningProgram.RunAsync("emu", "check", emulator.Uri, "--only", "read-after-write", "--profile",
                Path.Combine(Examples, "ticker-profile.toml"));
            Assert.Contains("1 passed", check.Output, StringComparison.Ordinal);
            emulator.Program.Terminate();
            Assert.Equal(0, await emulator.Program.ExitAsync());
        }
        await AssertIsWaveAsync(folder["card.fst"]);

        var inProcess = await RunningProgram.RunAsync("emu", "check", "inproc:", "--only", "read-after-write", "--device", $"rtl:{library}",
            "--device-config", Path.Combine(Examples, "ticker.toml"), "--profile", Path.Combine(Examples, "ticker-profile.toml"), "--wave",
            folder["check.fst"]);
        Assert.Contains("1 passed", inProcess.Output, StringComparison.Ordinal);
        await AssertIsWaveAsync(folder["check.fst"]);

        var without = await RtlBuild.VerilogAsync("ticker", Path.Combine(Examples, "ticker.v"));
        var refused = await RunningProgram.RunAsync("emulator", "--device", $"rtl:{without}", "--wave", folder["other.fst"]);
        Assert.Contains("there are no waveforms in this library; build it with build-card --wave", refused.Errors, StringComparison.Ordinal);
    }

    private static async Task AssertIsWaveAsync(string path)
    {
        var wave = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        // FST begins with a block of type 0, its header, of 329 bytes.
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 1, 0x49], wave[..9]);
        Assert.True(wave.Length > 1000);
    }

    private static DaqReport Run(RunRequest request) => (DaqReport)new InProcessRun(request).Execute(TestContext.Current.CancellationToken);
}
