using Pcie.Fixtures.Programs;
using static Microsoft.Playwright.Assertions;

namespace Pcie.Ui.Tests;

/// <summary>The page of <c>emu demo --ui</c>.</summary>
public sealed class DemoPageTests(Browser browser) : PageTests(browser)
{
    [Fact]
    public async Task ItIsThereBeforeTheDayAndShowsItWhileItIsSimulated()
    {
        const string Ready = "page at ";
        using var folder = new TemporaryFolder();
        // Its input is no terminal: the day begins without somebody who presses Enter.
        using var demo = RunningProgram.Start("emu", "demo", "--ui", "--report", folder["report"]);
        var page = await OpenAsync((await demo.PrintsAsync(Ready))[Ready.Length..]);

        await Expect(page.Locator(".states [data-state=live]")).ToHaveCountAsync(2);
        await Expect(page.Locator("[data-figure=delivered]")).Not.ToHaveTextAsync("0");
        await Expect(page.Locator("#waits canvas")).ToBeVisibleAsync();
        demo.Interrupt();

        Assert.Equal(5, await demo.ExitAsync());
    }
}
