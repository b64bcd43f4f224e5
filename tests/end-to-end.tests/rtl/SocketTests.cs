using System.Diagnostics;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.Rtl;

/// <summary>
/// A card in a simulator of its own.
/// <code>
/// python3 ticker.py (process) ◄── UNIX socket ── emulator (process) ◄── emu check (process)
/// </code>
/// </summary>
public sealed class SocketTests
{
    private static readonly string Examples = Path.Combine(RtlBuild.Rtl, "examples");
    private static readonly string[] Config = ["--device-config", Path.Combine(Examples, "ticker.toml")];
    private static readonly string[] Profile = ["--profile", Path.Combine(Examples, "ticker-profile.toml")];

    [Fact]
    public async Task CardInPythonPassesTheSuiteAndServesOneSessionAfterTheOther()
    {
        using var folder = new TemporaryFolder();
        var device = $"rtl-socket:{folder["ticker.sock"]}";
        using var simulator = await SimulatorAsync(folder["ticker.sock"]);
        var check = await RunningProgram.RunAsync("emu", ["check", "inproc:", "--device", device, .. Config, .. Profile]);
        Assert.Contains("24 passed, 0 failed, 5 not applicable", check.Output, StringComparison.Ordinal);

        using var emulator = await RunningEmulator.StartAsync(["--device", device, .. Config]);
        foreach (var only in (string[])["write-one-to-clear", "msi-mask"])
        {
            var again = await RunningProgram.RunAsync("emu", ["check", emulator.Uri, "--only", only, .. Profile]);
            Assert.Contains("1 passed, 0 failed", again.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task SimulatorThatIsNotThereIsRefused()
    {
        using var folder = new TemporaryFolder();
        var refused = await RunningProgram.RunAsync("emulator", "--device", $"rtl-socket:{folder["nobody.sock"]}");
        Assert.Equal(2, refused.Status);
        Assert.Contains("no simulator listens there", refused.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("connection.recv(99); connection.close()", "the simulator has closed the connection")]
    [InlineData("connection.recv(99); connection.sendall(b'\\xff' * 9); connection.recv(99)", "announces a message of 4294967295 bytes")]
    [InlineData("connection.recv(99); connection.sendall(b'\\x01\\0\\0\\0\\x07'); connection.recv(99)", "sent a message of kind 7")]
    [InlineData("connection.recv(99); connection.recv(99)", "the simulator has not answered for 0.5 s")]
    public async Task SimulatorThatAnswersNonsenseIsRefused(string does, string sentence)
    {
        RtlBuild.Require("python3");
        using var folder = new TemporaryFolder();
        var path = folder["bad.sock"];
        using var simulator = RunningProgram.Start(new ProcessStartInfo("python3", ["-uc",
            $"import socket\ns = socket.socket(socket.AF_UNIX); s.bind('{path}'); s.listen(); print('listening')\nconnection, _ = "
                + $"s.accept(); {does}"]));
        await simulator.PrintsAsync("listening");
        var config = folder.Write("card.toml", "[card]\nwatchdog = 0.5\n");
        var refused = await RunningProgram.RunAsync("emulator", "--device", $"rtl-socket:{path}", "--device-config", config);
        Assert.Equal(2, refused.Status);
        Assert.Contains(sentence, refused.Errors, StringComparison.Ordinal);
    }

    private static async Task<RunningProgram> SimulatorAsync(string path)
    {
        RtlBuild.Require("python3");
        var simulator = RunningProgram.Start(new ProcessStartInfo("python3", [Path.Combine(RtlBuild.Rtl, "python", "ticker.py"), path]));
        await simulator.PrintsAsync("listening");
        return simulator;
    }
}
