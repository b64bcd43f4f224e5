using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Pcie.Fixtures.Programs;

namespace Pcie.Slow.Tests;

/// <summary>Emulator and driver model started by hand: in either order, one host at a time.</summary>
public sealed class AttachmentTests
{
    // At a rate that leaves a machine of two processors time to start another program.
    private static readonly string[] Live = ["--scenario", ShippedScenarios.PathOf("live"), "--set", "card.source.rate=20 MB/s"];

    [Theory]
    [InlineData("http")]
    [InlineData("unix")]
    public async Task ADriverThatIsThereFirstWaitsForTheEmulator(string scheme)
    {
        using var folder = new TemporaryFolder();
        var uri = scheme == "unix" ? $"unix:{folder["card.sock"]}" : $"http://127.0.0.1:{FreePort()}";
        using var driver = RunningProgram.Start("driver-model", ["--card", uri, .. Live, "--duration", "2s", "--json"]);
        // It says so after a second of nobody there.
        await driver.LogsAsync($"Waiting for a device at {uri}");
        using var emulator = await RunningEmulator.StartAtAsync(uri, [.. Live, "--once"]);

        Assert.True(await driver.ExitAsync() == 0, driver.ToString());
        Assert.Equal(0, await emulator.Program.ExitAsync());
        Assert.True((bool)JsonNode.Parse(driver.Output)!["data"]!["hash_equal"]!, driver.ToString());
    }

    [Fact]
    public async Task ADriverWaitsAsLongAsToldAndEndsWithTwo()
    {
        var driver = await RunningProgram.RunAsync("driver-model", ["--card", "http://127.0.0.1:1", .. Live, "--wait", "0.1"]);

        Assert.Equal((2, ""), (driver.Status, driver.Output));
        Assert.Contains("No device answered at http://127.0.0.1:1 within 0.1 s", driver.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASecondDriverIsToldWhoOwnsTheCardAndTheFirstIsNotDisturbed()
    {
        using var emulator = await RunningEmulator.StartAsync([.. Live, "--once"]);
        using var first = RunningProgram.Start("driver-model", ["--card", emulator.Uri, .. Live, "--duration", "3s", "--json"]);
        await first.LogsAsync("Attached to ");

        var second = await RunningProgram.RunAsync("driver-model", ["--card", emulator.Uri, .. Live, "--json"]);

        Assert.Equal((2, ""), (second.Status, second.Output));
        Assert.Contains($"The card is owned by 'driver-model on {Environment.MachineName}'", second.Errors, StringComparison.Ordinal);
        Assert.True(await first.ExitAsync() == 0, first.ToString());
        Assert.True((bool)JsonNode.Parse(first.Output)!["data"]!["hash_equal"]!, first.ToString());
        Assert.Equal(0, await emulator.Program.ExitAsync());
    }

    [Fact]
    public async Task AnInterruptedEmulatorDetachesItsHostAndEndsWithZero()
    {
        using var emulator = await RunningEmulator.StartAsync(Live);
        using var driver = RunningProgram.Start("driver-model", ["--card", emulator.Uri, .. Live, "--json"]);
        await driver.LogsAsync("Attached to ");

        emulator.Program.Interrupt();

        Assert.Equal(0, await emulator.Program.ExitAsync());
        Assert.Equal(3, await driver.ExitAsync());
        Assert.Contains("shutting down", (string?)JsonNode.Parse(driver.Output)!["failure"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnInterruptedDriverReportsWhatItHasAndLeavesTheCardFree()
    {
        using var emulator = await RunningEmulator.StartAsync([.. Live, "--once"]);
        using var driver = RunningProgram.Start("driver-model", ["--card", emulator.Uri, .. Live, "--json"]);
        await driver.LogsAsync("Attached to ");

        driver.Interrupt();

        Assert.Equal(5, await driver.ExitAsync());
        Assert.Equal("cancelled", (string?)JsonNode.Parse(driver.Output)!["outcome"]);
        Assert.Equal(0, await emulator.Program.ExitAsync());
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
