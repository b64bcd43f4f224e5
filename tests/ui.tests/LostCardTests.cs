using Microsoft.Playwright;
using Pcie.Fixtures.Programs;
using static Microsoft.Playwright.Assertions;

namespace Pcie.Ui.Tests;

/// <summary>The page of a card that dies, or says nothing more.</summary>
public sealed class LostCardTests(Browser browser) : PageTests(browser)
{
    [Fact]
    public async Task AKilledCardIsToldAndIsBackWhenItIsBack()
    {
        using var folder = new TemporaryFolder();
        var uri = $"unix:{folder["card.sock"]}";
        var first = await RunningEmulator.StartAtAsync(uri);
        await using var served = await ServedPage.StartAsync(uri);
        var page = await OpenAsync(served.Address);
        var state = page.Locator(".states [data-state]");
        await Expect(state).ToHaveTextAsync("live");

        first.Program.Kill();
        await Expect(state).ToContainTextAsync("lost: ");
        await Expect(page.Locator("#registers")).ToContainTextAsync("SCRATCH");
        first.Dispose();
        using var next = await RunningEmulator.StartAtAsync(uri);

        await Expect(state).ToHaveTextAsync("live");
    }

    [Fact]
    public async Task ACardThatStopsAnsweringIsToldAndALateAnswerIsTaken()
    {
        using var frozen = await RunningEmulator.StartAsync();
        await using var served = await ServedPage.StartAsync(frozen.Uri);
        var page = await OpenAsync(served.Address);
        var state = page.Locator(".states [data-state]");
        await Expect(state).ToHaveTextAsync("live");

        frozen.Program.Freeze();
        await Expect(state).ToContainTextAsync(": ");
        await page.GetByRole(AriaRole.Button, new() { Name = "SCRATCH", Exact = true }).ClickAsync();
        await page.GetByLabel("All of SCRATCH").FillAsync("1");
        await page.GetByLabel("All of SCRATCH").PressAsync("Enter");
        await Expect(page.Locator(".detail [role=status]")).ToContainTextAsync("Refused: ");
        frozen.Program.Thaw();

        await Expect(state).ToHaveTextAsync("live");
    }
}
