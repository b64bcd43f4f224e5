using Microsoft.Playwright;

namespace Pcie.Ui.Tests;

/// <summary>Pictures for a person to look at, if he says where they go: <c>UI_PICTURES=DIR</c>.</summary>
internal static class Pictures
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("UI_PICTURES");

    public static async Task TakeAsync(IPage page, string name, bool whole = true)
    {
        if (Folder is not null)
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Folder, $"{name}.png"), FullPage = whole });
    }
}
