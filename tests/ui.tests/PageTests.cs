using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Pcie.Ui.Tests;

/// <summary>Tests that look at pages. Each closes its own at its end: one that is open is drawn four times a second.</summary>
public abstract class PageTests(Browser browser) : IAsyncDisposable
{
    // A test that passes never waits that long.
    internal const float Patience = 60_000;

    private readonly List<IBrowserContext> open = [];

    // What the browser's console said; when is the browser's affair.
    private readonly ConcurrentQueue<string> said = new();

    /// <summary>A page of its own, which has loaded and shows something.</summary>
    protected async Task<IPage> OpenAsync(string address, int width = 1440, bool isDark = false, BrowserNewContextOptions? more = null)
    {
        var context = await browser.OpenAsync(new BrowserNewContextOptions(more ?? new())
        {
            ViewportSize = new ViewportSize { Width = width, Height = 1000 }, ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = ReducedMotion.Reduce,
        });
        open.Add(context);
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(Patience);
        page.Console += (_, message) => said.Enqueue($"{message.Type}: {message.Text}");
        page.PageError += (_, error) => said.Enqueue(error);
        await page.GotoAsync(address);
        await page.Locator("main").WaitForAsync();
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var context in open) await context.CloseAsync();
        foreach (var line in said) TestContext.Current.TestOutputHelper?.WriteLine(line);
        GC.SuppressFinalize(this);
    }
}
