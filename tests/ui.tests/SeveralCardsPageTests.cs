using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;
using Pcie.Link;
using Pcie.Scenario;
using Pcie.Ui.Watching;
using static Microsoft.Playwright.Assertions;

namespace Pcie.Ui.Tests;

/// <summary>The page of a host with two cards.</summary>
public sealed class SeveralCardsPageTests(Browser browser) : PageTests(browser)
{
    [Fact]
    public async Task EachCardIsThereToBeChosenWithItsDriversPart()
    {
        using var folder = new TemporaryFolder();
        var scenario = ShippedScenarios.PathOf("second-card");
        string[] uris = [$"unix:{folder["detector.sock"]}", $"unix:{folder["veto.sock"]}"];
        using var driver = RunningDriver.Start("--card", uris[0], "--card", uris[1], "--scenario", scenario, "--duration", "300ms");
        // In another order than the driver has them.
        var targets = UiTargets.Follow([LinkUri.Parse(uris[1]), LinkUri.Parse(uris[0])], LinkUri.Parse(await driver.ControlAsync()));
        await using var served = await ServedPage.StartAsync(ServedPage.OnLoopback, targets);
        var page = await OpenAsync(served.Address);
        await using var detector = new ServedCard(ScenarioFile.Load(scenario), uris[0], 1);
        await using var veto = new ServedCard(ScenarioFile.Load(scenario), uris[1], 2);
        await detector.InitializeAsync();
        await veto.InitializeAsync();
        Assert.Equal(0, await driver.Program.ExitAsync());

        await Expect(page.Locator("#card option")).ToHaveTextAsync(["1: detector", "2: veto"]);
        await Expect(page.Locator(".banner")).ToContainTextAsync("The run is over: Completed.");
        await Expect(page.Locator("#ring")).ToContainTextAsync("1 × 65,600 B");
        await Expect(page.Locator("#waits canvas")).ToBeVisibleAsync();
        await Pictures.TakeAsync(page, "two-cards-first");

        await page.Locator("#card").SelectOptionAsync("1");
        await Expect(page.Locator("#ring")).ToContainTextAsync("256 × 131,136 B");
        await Expect(page.Locator("#waits canvas")).ToBeVisibleAsync();
        await Expect(page.Locator("#connections")).ToContainTextAsync("card veto");
        await Pictures.TakeAsync(page, "two-cards-second");
        await page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "SCRATCH", Exact = true }).ClickAsync();
        await page.GetByLabel("All of SCRATCH").FillAsync("0xCAFE");
        await page.GetByLabel("All of SCRATCH").PressAsync("Enter");
        await Expect(page.Locator(".detail [role=status]")).ToHaveTextAsync("Written; SCRATCH reads 0x0000cafe now.");
        Assert.Contains("0x0000CAFE", (await EmuInProcess.RunAsync("peek", uris[1], "SCRATCH")).Output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("CAFE", (await EmuInProcess.RunAsync("peek", uris[0], "SCRATCH")).Output, StringComparison.OrdinalIgnoreCase);
    }
}
