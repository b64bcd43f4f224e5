using System.Globalization;
using System.Text.Json.Nodes;
using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;
using Pcie.Scenario;
using static Microsoft.Playwright.Assertions;

namespace Pcie.Ui.Tests;

/// <summary>The page of a driver, alone and with its card, in a real browser.</summary>
public sealed class DriverPageTests(Browser browser) : PageTests(browser)
{
    private const string Scenario = "raised-irql";

    // Loses a chunk after four seconds of simulated time.
    private static readonly string[] Loss = ["--scenario", ShippedScenarios.PathOf(Scenario)];

    // By the wall clock, at its own pace: it asks next to nothing of a machine that has the browser to run, too.
    private static readonly string[] Slowly = ["--set", "run.pacing=wall-clock"];

    [Fact]
    public async Task AfterTheRunItShowsWhatTheReportSays()
    {
        using var folder = new TemporaryFolder();
        var uri = $"unix:{folder["card.sock"]}";
        using var driver = RunningDriver.Start(["--card", uri, "--json", .. Loss]);
        await using var served = await ServedPage.StartAsync(await driver.ControlAsync());
        var page = await OpenAsync(served.Address);
        await Expect(page.Locator("[data-state=live]").First).ToBeVisibleAsync();

        await using var card = new ServedCard(ScenarioFile.Load(ShippedScenarios.PathOf(Scenario)), uri);
        await card.InitializeAsync();
        Assert.Equal(0, await driver.Program.ExitAsync());
        await Expect(page.Locator(".banner")).ToContainTextAsync("The run is over: Completed.");

        var report = JsonNode.Parse(driver.Program.Output)!;
        await Expect(page.Locator("[data-figure=delivered]")).ToHaveTextAsync(Count(report["chunks"]!["delivered"]!));
        await Expect(page.Locator("[data-figure=overwritten]")).ToHaveTextAsync(Count(report["chunks"]!["overwritten"]!));
        await Expect(page.Locator("[data-figure=isrs]")).ToHaveTextAsync(Count(report["interrupts"]!["isr"]!));
        await Expect(page.Locator("[data-figure=dpcs]")).ToHaveTextAsync(Count(report["dpc"]!["runs"]!));
        await Expect(page.Locator(".states")).ToContainTextAsync("ended");
        Assert.NotEqual("0", Count(report["chunks"]!["overwritten"]!));
        // Looking has changed nothing.
        var alone = JsonNode.Parse((await EmuInProcess.RunAsync("run", Scenario, "--json")).Output)!;
        Assert.Equal((string)alone["digest"]!, (string)report["digest"]!);
    }

    [Fact]
    public async Task WithItsCardItShowsRingWaitsDeadlineAndVerdict()
    {
        using var card = await RunningEmulator.StartAsync([.. Loss, .. Slowly]);
        using var driver = RunningDriver.Start(["--card", card.Uri, "--duration", "1h", .. Loss, .. Slowly]);
        await using var served = await ServedPage.StartAsync(card.Uri, await driver.ControlAsync());
        var page = await OpenAsync(served.Address);

        await Expect(page.Locator(".verdict")).ToContainTextAsync("VERDICT");
        await Expect(page.Locator("[data-figure=deadline]")).ToContainTextAsync("ms");
        await Expect(page.Locator("#ring tbody tr").First).ToBeVisibleAsync();
        await Expect(page.Locator("#interrupts [data-sent='0']")).Not.ToHaveTextAsync("0");
        await Expect(page.Locator("#waits canvas")).ToBeVisibleAsync();
        await Expect(page.Locator("#distribution canvas")).ToBeVisibleAsync();
        await Pictures.TakeAsync(page, "both-light");
        var phone = await OpenAsync(served.Address, 400, isDark: true);
        await Expect(phone.Locator("#waits canvas")).ToBeVisibleAsync();
        await Pictures.TakeAsync(phone, "both-400-dark");
        Assert.InRange(await phone.EvaluateAsync<int>("document.documentElement.scrollWidth"), 1, 400);
        Assert.Empty(await phone.EvaluateAsync<string[]>(Contrast.Script));

        card.Program.Kill();
        await Expect(page.Locator(".states")).ToContainTextAsync("lost: ");
        await driver.Program.ExitAsync();
        await Expect(page.Locator(".banner")).ToContainTextAsync("The run is over: DeviceRemoved.");
    }

    private static string Count(JsonNode number) => ((long)number).ToString("#,0", CultureInfo.InvariantCulture);
}
