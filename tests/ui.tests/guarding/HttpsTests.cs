using System.Net;
using Grpc.Core;
using Grpc.Health.V1;
using Pcie.Fixtures.Programs;
using Pcie.Link;
using Pcie.Link.Grpc.Host;
using Pcie.Ui.Guarding;
using Pcie.Ui.Watching;
using static Microsoft.Playwright.Assertions;

namespace Pcie.Ui.Tests.Guarding;

/// <summary>What is served beyond loopback: by certificates, or to browsers by a token.</summary>
public sealed class HttpsTests(Browser browser, CardPage served, Certificates certificates) : PageTests(browser), IClassFixture<Certificates>
{
    private const string Token = "a word of many letters";

    private static readonly LinkUri Listen = LinkUri.Parse("https://127.0.0.1:0");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task APageIsForWhoHasACertificateOfTheAuthority()
    {
        await using var page = await ServedPage.StartAsync(new UiOptions(Listen, certificates.CredentialsOf("emulator")), served.Card.Uri);

        Assert.Equal(HttpStatusCode.OK, (await GetAsync(page.Address, "driver")).Status);
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(page.Address, "stranger"));
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(page.Address, null));
    }

    [Fact]
    public async Task ATokenLetsABrowserInWithoutOne()
    {
        await using var page = await ServedPage.StartAsync(new UiOptions(Listen, certificates.CredentialsOf("emulator"), Token), served.Card.Uri);

        var (status, said) = await GetAsync(page.Address, null);
        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Contains("This page needs a token", said, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync($"{page.Address}?token=another%20word", null)).Status);
        // The cookie that it gets opens the connection by which the page is drawn, too.
        var seen = await OpenAsync($"{page.Address}?token={Uri.EscapeDataString(Token)}", more: new() { IgnoreHTTPSErrors = true });
        await Expect(seen.Locator(".states [data-state]")).ToHaveTextAsync("live");
        Assert.Equal(page.Address, seen.Url);
    }

    [Fact]
    public async Task ADriversControlServiceIsForWhoHasACertificateOfTheAuthority()
    {
        using var folder = new TemporaryFolder();
        using var driver = RunningProgram.Start("driver-model",
            ["--card", $"unix:{folder["nobody"]}", "--control", "https://127.0.0.1:0", .. certificates.Of("emulator", "server-ca")]);
        var line = await driver.LogsAsync("Control service at ");
        var control = LinkUri.Parse(line[line.IndexOf("https:", StringComparison.Ordinal)..].Trim());

        await using (var targets = await UiTargets.OpenAsync([control], certificates.CredentialsOf("driver"), Cancelled))
            Assert.NotNull(targets.Driver);
        using var channel = HostConnector.OpenChannel(control, TimeSpan.FromSeconds(1), certificates.CredentialsOf("driver"));
        var health = new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest { Service = "pcie.control.v1.DriverControl" },
            cancellationToken: Cancelled);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await health).Status);
        await Assert.ThrowsAsync<RpcException>(() => UiTargets.OpenAsync([control], certificates.CredentialsOf("stranger"), Cancelled));
    }

    private async Task<(HttpStatusCode Status, string Said)> GetAsync(string address, string? name)
    {
        using var client = certificates.ClientOf(name);
        using var answer = await client.GetAsync(new Uri(address), Cancelled);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
    }
}
