using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Pcie.Ui.Tests.Browser))]

namespace Pcie.Ui.Tests;

/// <summary>A real browser, this machine's own, started when a test first needs it; tests are skipped where there is none.</summary>
public sealed class Browser : IAsyncDisposable
{
    private static readonly string? Chromium = ((string[])["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"])
        .FirstOrDefault(File.Exists);

    private readonly Lazy<Task<(IPlaywright Playwright, IBrowser Browser)>> running = new(LaunchAsync);

    /// <summary>Pages that share nothing with others.</summary>
    public async Task<IBrowserContext> OpenAsync(BrowserNewContextOptions options)
    {
        if (Chromium is null) Assert.Skip("No Chromium here: this test needs chromium.");
        return await (await running.Value).Browser.NewContextAsync(options);
    }

    public async ValueTask DisposeAsync()
    {
        if (!running.IsValueCreated) return;
        var (playwright, browser) = await running.Value;
        await browser.DisposeAsync();
        playwright.Dispose();
    }

    private static async Task<(IPlaywright Playwright, IBrowser Browser)> LaunchAsync()
    {
        Assertions.SetDefaultExpectTimeout(PageTests.Patience);
        var playwright = await Playwright.CreateAsync();
        return (playwright, await playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions { ExecutablePath = Chromium, Args = ["--no-sandbox"] }));
    }
}
