using System.Diagnostics;
using System.Text.Json.Nodes;
using Pcie.Control.Wire;
using Pcie.Fixtures.Programs;
using Pcie.Link;
using Pcie.Link.Grpc.Host;
using Pcie.Link.Recording;
using Pcie.Pci;
using Pcie.Trace;

namespace Pcie.Slow.Tests;

/// <summary>One of two real processes dies, or falls silent, in the middle of a stream.</summary>
public sealed class PeerDeathTests
{
    // Two seconds, and what a busy machine adds; a death that is not noticed is found out after the grace period, which is longer.
    private static readonly TimeSpan NoticedWithin = TimeSpan.FromSeconds(2 + 2.5);

    // At a rate that leaves a machine of two processors time to start another program.
    private static readonly string[] Live = ["--scenario", ShippedScenarios.PathOf("live"), "--set", "card.source.rate=50 MB/s"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static TheoryData<string> Media => ["http://127.0.0.1:0", "unix:", "shm:"];

    [Theory]
    [MemberData(nameof(Media))]
    public async Task ADriverSaysWithinTwoSecondsThatItsCardIsGoneAndEnds(string medium)
    {
        using var folder = new TemporaryFolder();
        using var emulator = await StartEmulatorAsync(medium, folder);
        using var driver = await AttachAsync(emulator);
        await StreamingAsync(emulator);

        emulator.Program.Kill();
        var killed = Stopwatch.GetTimestamp();
        var status = await driver.ExitAsync();
        var noticed = Stopwatch.GetElapsedTime(killed);

        Assert.Equal(3, status);
        var report = JsonNode.Parse(driver.Output)!;
        Assert.Equal("device-removed", (string?)report["outcome"]);
        Assert.Contains("The device is gone", (string?)report["failure"], StringComparison.Ordinal);
        Assert.InRange(noticed, TimeSpan.Zero, NoticedWithin);
    }

    [Theory]
    [MemberData(nameof(Media))]
    public async Task AnEmulatorSaysWithinTwoSecondsThatItsHostIsGoneAndServesTheNext(string medium)
    {
        using var folder = new TemporaryFolder();
        using var emulator = await StartEmulatorAsync(medium, folder);
        using (var driver = await AttachAsync(emulator))
        {
            await StreamingAsync(emulator);
            driver.Kill();
            var killed = Stopwatch.GetTimestamp();
            // Whether it is dead or its cable cut cannot be told from here; the card is kept for the grace period.
            await emulator.Program.LogsAsync("The connection of epoch 1 is lost");
            Assert.InRange(Stopwatch.GetElapsedTime(killed), TimeSpan.Zero, NoticedWithin);
            await emulator.Program.LogsAsync("ended: The host is gone");
        }

        using var next = RunningProgram.Start("driver-model", ["--card", emulator.Uri, .. Live, "--duration", "2s", "--json"]);

        Assert.True(await next.ExitAsync() == 0, next.ToString());
        Assert.True((bool)JsonNode.Parse(next.Output)!["data"]!["hash_equal"]!, next.ToString());
        Assert.False(emulator.Program.HasExited);
    }

    [Fact]
    public async Task AnEmulatorThatWasToServeOneHostEndsWithThreeWhenThatOneDies()
    {
        using var emulator = await RunningEmulator.StartAsync([.. Live, "--once"]);
        using var driver = await AttachAsync(emulator);
        await StreamingAsync(emulator);

        driver.Kill();

        Assert.Equal(3, await emulator.Program.ExitAsync());
    }

    // Longer than the grace period: how it is found, and what becomes of one that comes back in time, is in StoppedProcessTests.
    [Fact]
    public async Task AHostThatFallsSilentIsGoneAndFindsItselfRemovedWhenItComesBack()
    {
        using var emulator = await RunningEmulator.StartAsync([.. Live, "--keep-alive", "200ms", "--grace-period", "300ms"]);
        using var driver = await AttachAsync(emulator);
        await StreamingAsync(emulator);

        driver.Freeze();
        await emulator.Program.LogsAsync("The session of 'driver-model on ");
        driver.Thaw();

        Assert.Equal(3, await driver.ExitAsync());
        Assert.Equal("device-removed", (string?)JsonNode.Parse(driver.Output)!["outcome"]);
    }

    [Fact]
    public async Task ADriverToldToReattachRunsAgainOnTheNextEmulatorAtTheSameAddress()
    {
        using var folder = new TemporaryFolder();
        var address = $"unix:{folder["card.sock"]}";
        RunningProgram driver;
        using (var first = await RunningEmulator.StartAtAsync(address, Live))
        {
            driver = RunningProgram.Start("driver-model",
                [
                    "--card", address, .. Live, "--duration", "2s", "--json", "--reattach", "--record", folder["session.tlps"],
                    "--out", folder["data.bin"], "--trace", folder["run.trace"], "--flight", folder["run.flight"],
                ]);
            await driver.LogsAsync("Attached to ");
            await StreamingAsync(first);
            first.Program.Kill();
            await driver.LogsAsync("Attaching afresh");
        }
        using var ended = driver;
        using var second = await RunningEmulator.StartAtAsync(address, [.. Live, "--record"]);

        Assert.True(await driver.ExitAsync() == 0, driver.ToString());
        Assert.Equal("completed", (string?)JsonNode.Parse(driver.Output)!["outcome"]);
        // The session that went wrong is not lost to the one that did not.
        Assert.Equal((LinkDownReason.PeerGone, LinkDownReason.Detached),
            (SessionSummary.Of(folder["session.1.tlps"]).Down.Reason, SessionSummary.Of(folder["session.tlps"]).Down.Reason));
        Assert.All((string[])["data.1.bin", "data.bin"], data => Assert.NotEqual(0, new FileInfo(folder[data]).Length));
        foreach (var trace in (string[])["run.1.trace", "run.trace", "run.1.flight", "run.flight"])
        {
            await using var stream = File.OpenRead(folder[trace]);
            Assert.NotEqual(0, TraceFile.Read(stream).Count);
        }
    }

    [Fact]
    public async Task ACardThatFallsSilentIsGone()
    {
        using var emulator = await RunningEmulator.StartAsync(Live);
        using var driver = await AttachAsync(emulator);
        await StreamingAsync(emulator);

        emulator.Program.Freeze();

        Assert.Equal(3, await driver.ExitAsync());
        Assert.Equal("device-removed", (string?)JsonNode.Parse(driver.Output)!["outcome"]);
    }

    private static Task<RunningEmulator> StartEmulatorAsync(string medium, TemporaryFolder folder) =>
        RunningEmulator.StartAtAsync(medium is "unix:" or "shm:" ? $"{medium}{folder["card.sock"]}" : medium, Live);

    // Longer than any silence and grace period here: the run must not end meanwhile.
    private static async Task<RunningProgram> AttachAsync(RunningEmulator emulator)
    {
        var driver = RunningProgram.Start("driver-model", ["--card", emulator.Uri, .. Live, "--duration", "60s", "--json"]);
        await driver.LogsAsync("Attached to ");
        return driver;
    }

    // Asks the card until a chunk has been written; each question is a round trip.
    private static async Task StreamingAsync(RunningEmulator emulator)
    {
        using var channel = HostConnector.OpenChannel(LinkUri.Parse(emulator.Uri), TimeSpan.FromMinutes(1));
        var card = new CardControl.CardControlClient(channel);
        Statistics statistics;
        do statistics = await card.GetStatisticsAsync(new StatisticsRequest(), cancellationToken: Cancelled);
        while (statistics.Counters["chunks.written"] == 0);
    }
}
