using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.Processes;

/// <summary>Who may attach: over https, whom the authority has given a certificate; over http, who is on this machine.</summary>
public sealed class SecurityTests(Certificates certificates) : IClassFixture<Certificates>
{
    private static readonly string Scenario = ShippedScenarios.PathOf("rearm-race-per-event");

    [Fact]
    public async Task ADriverWithACertificateOfTheAuthorityRunsOverHttps()
    {
        using var emulator = await StartEmulatorAsync();
        Assert.StartsWith("https://127.0.0.1:", emulator.Uri, StringComparison.Ordinal);

        var driver = await DriveAsync(emulator, certificates.Of("driver", "server-ca"), wait: 30);

        Assert.True(driver.Status == 0, driver.Errors);
    }

    [Theory]
    [InlineData("https://0.0.0.0:0", "https://127.0.0.1")]
    [InlineData("https://[::]:0", "https://[::1]")]
    public async Task ADriverAttachesToAnEmulatorThatListensOnAllAddressesOfItsMachine(string listen, string reached)
    {
        using var emulator = await RunningEmulator.StartAtAsync(listen, ["--scenario", Scenario, .. certificates.Of("emulator", "client-ca")]);
        Assert.StartsWith(listen[..^1], emulator.Uri, StringComparison.Ordinal);

        var driver = await DriveAsync($"{reached}{emulator.Uri[emulator.Uri.LastIndexOf(':')..]}", certificates.Of("driver", "server-ca"), wait: 30);

        Assert.True(driver.Status == 0, driver.Errors);
    }

    [Fact]
    public async Task TheRegistersAndMetricsAreShownToWhoHasACertificateToo()
    {
        using var emulator = await StartEmulatorAsync("emulator", "--metrics", "https://127.0.0.1:0");

        var peek = await RunningProgram.RunAsync("emu", ["peek", emulator.Uri, "ID", .. certificates.Of("driver", "server-ca")]);

        Assert.Equal((0, ""), (peek.Status, peek.Errors));
        Assert.Contains("0x44415131", peek.Output, StringComparison.Ordinal);
        var metrics = new Uri((await emulator.Program.PrintsAsync("metrics at"))["metrics at ".Length..]);
        Assert.Contains("pcie_card_", await GetAsync("driver"), StringComparison.Ordinal);
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync("stranger"));
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(null));

        async Task<string> GetAsync(string? name)
        {
            using var client = certificates.ClientOf(name);
            return await client.GetStringAsync(metrics, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task ADriverWithACertificateOfAnotherAuthorityIsRefusedAndTheEmulatorServesTheNext()
    {
        using var emulator = await StartEmulatorAsync();

        var stranger = await DriveAsync(emulator, certificates.Of("stranger", "server-ca"), wait: 30);

        Assert.Equal((2, ""), (stranger.Status, stranger.Output));
        Assert.Contains($"The device at {emulator.Uri} ends every connection as soon as it is encrypted: "
            + "it does not trust the certificate of 'CN=stranger'",
            stranger.Errors, StringComparison.Ordinal);
        await emulator.Program.LogsAsync("the certificate of 'CN=stranger' is not trusted");
        Assert.Equal(0, (await DriveAsync(emulator, certificates.Of("driver", "server-ca"), wait: 30)).Status);
    }

    [Fact]
    public async Task ADriverDoesNotAttachToAnEmulatorOfAnotherAuthority()
    {
        using var emulator = await StartEmulatorAsync("stranger");

        var driver = await DriveAsync(emulator, certificates.Of("driver", "server-ca"));

        Assert.Equal((2, ""), (driver.Status, driver.Output));
        Assert.Contains("is not trusted, or speaks no TLS", driver.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ChainsThroughAnAuthorityInBetweenAreShownAndFollowedOnBothSides()
    {
        using var emulator = await StartEmulatorAsync("far-emulator");

        var driver = await DriveAsync(emulator, certificates.Of("far-driver", "server-ca"), wait: 30);

        Assert.True(driver.Status == 0, driver.Errors);
    }

    [Theory]
    [InlineData("server-only", "is not trusted")]
    [InlineData("revoked", "the certificate of 'CN=revoked' is revoked")]
    public async Task ACertificateThatIsNotForHostsOrIsRevokedIsRefused(string name, string why)
    {
        using var emulator = await StartEmulatorAsync("emulator", certificates.RevokedOption);

        Assert.Equal(2, (await DriveAsync(emulator, certificates.Of(name, "server-ca"))).Status);
        await emulator.Program.LogsAsync(why);
        Assert.Equal(0, (await DriveAsync(emulator, certificates.Of("driver", "server-ca"), wait: 30)).Status);
    }

    [Fact]
    public async Task AHostThatSpeaksNoTlsIsSaid()
    {
        using var emulator = await StartEmulatorAsync();

        Assert.Equal(2, (await DriveAsync(emulator.Uri.Replace("https", "http", StringComparison.Ordinal), [], wait: 0)).Status);
        await emulator.Program.LogsAsync("it spoke no TLS 1.2 or later, or showed no certificate: expected https://");
    }

    [Fact]
    public async Task WhatCouldNotBeServedWithIsRefusedAtTheStart()
    {
        async Task<string> RefusalAsync(string[] credentials)
        {
            var emulator = await RunningProgram.RunAsync("emulator", ["--listen", "https://127.0.0.1:0", .. credentials]);
            Assert.Equal((2, ""), (emulator.Status, emulator.Output));
            return emulator.Errors;
        }

        Assert.Contains("is not for servers", await RefusalAsync(certificates.Of("client-only", "client-ca")), StringComparison.Ordinal);
        Assert.Contains("holds no certificate", await RefusalAsync(certificates.Of("emulator", "client-ca", "empty.pem")), StringComparison.Ordinal);
        Assert.Contains("holds no certificate revocation list",
            await RefusalAsync([.. certificates.Of("emulator", "client-ca"), "--crl", certificates.EmptyFile]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HttpsWithoutACertificateIsRefusedByBothSayingWhatToGive()
    {
        var driver = await RunningProgram.RunAsync("driver-model", "--card", "https://127.0.0.1:1", "--scenario", Scenario, "--wait", "0");
        var emulator = await RunningProgram.RunAsync("emulator", "--listen", "https://127.0.0.1:0");
        var emu = await RunningProgram.RunAsync("emu", "regs", "https://127.0.0.1:1");

        Assert.All([driver, emulator, emu], program =>
        {
            Assert.Equal((2, ""), (program.Status, program.Output));
            Assert.Contains("--certificate", program.Errors, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task HttpForOtherMachinesIsRefusedSayingWhatToDo()
    {
        var emulator = await RunningProgram.RunAsync("emulator", "--listen", "http://0.0.0.0:0");

        Assert.Equal((2, ""), (emulator.Status, emulator.Output));
        Assert.Contains("http://0.0.0.0:0 can be reached from other machines", emulator.Errors, StringComparison.Ordinal);
        Assert.Contains("https://", emulator.Errors, StringComparison.Ordinal);
    }

    private Task<RunningEmulator> StartEmulatorAsync(string name = "emulator", params string[] options) =>
        RunningEmulator.StartAtAsync("https://127.0.0.1:0", ["--scenario", Scenario, .. certificates.Of(name, "client-ca"), .. options]);

    // One that is refused tries again for as long as it would wait for an emulator to start.
    private static Task<ProgramResult> DriveAsync(RunningEmulator emulator, string[] credentials, int wait = 1) =>
        DriveAsync(emulator.Uri, credentials, wait);

    private static Task<ProgramResult> DriveAsync(string uri, string[] credentials, int wait) =>
        RunningProgram.RunAsync("driver-model",
            ["--card", uri, "--scenario", Scenario, "--duration", "10ms", "--wait", $"{wait}", .. credentials]);
}
