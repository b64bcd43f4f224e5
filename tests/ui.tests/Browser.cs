using Microsoft.Playwright;

namespace Pcie.Ui.Tests;

/// <summary>A real browser, this machine's own; none where there is none.</summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string? Chromium = ((string[])["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"])
        .FirstOrDefault(File.Exists);

    // A test that passes never waits that long.
    private const float Patience = 60_000;

    private IPlaywright? playwright;
    private IBrowser? browser;

    public async ValueTask InitializeAsync()
    {
        if (Chromium is null) return;
        Assertions.SetDefaultExpectTimeout(Patience);
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Chromium, Args = ["--no-sandbox"] });
    }

    /// <summary>A page of its own, which has loaded and shows something.</summary>
    public async Task<IPage> OpenAsync(string address, int width = 1440, bool isDark = false)
    {
        if (browser is null) Assert.Skip("No Chromium here: this test needs chromium.");
        var page = await browser.NewPageAsync(new BrowserNewPageOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 1000 }, ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = ReducedMotion.Reduce,
        });
        page.SetDefaultTimeout(Patience);
        page.Console += (_, said) => TestContext.Current.TestOutputHelper?.WriteLine($"{said.Type}: {said.Text}");
        page.PageError += (_, error) => TestContext.Current.TestOutputHelper?.WriteLine(error);
        await page.GotoAsync(address);
        await page.Locator("main").WaitForAsync();
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        playwright?.Dispose();
    }
}
