using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Pcie.Fixtures.Programs;
using static Microsoft.Playwright.Assertions;

namespace Pcie.Ui.Tests;

/// <summary>The page of a driver, alone and with its card, in a real browser.</summary>
public sealed class DriverPageTests(Browser browser) : IClassFixture<Browser>
{
    private const string Ready = "Control service at ";

    // A scenario that loses a chunk after a few seconds of simulated time.
    private static readonly string[] Loss = ["--scenario", Path.Combine(AppContext.BaseDirectory, "scenarios", "raised-irql.toml")];

    // Four times as fast as the wall clock: the loss comes after a second, and the machine has something left.
    private static readonly string[] Slowly = ["--set", "run.pacing=wall-clock", "--set", "run.time-scale=4"];

    [Fact]
    public async Task AfterTheRunItShowsWhatTheReportSays()
    {
        using var folder = new TemporaryFolder();
        var uri = $"unix:{folder["card.sock"]}";
        using var driver = RunningProgram.Start("driver-model", ["--card", uri, "--control", "http://127.0.0.1:0", "--json", .. Loss]);
        using var served = await ServedPage.StartAsync(await ControlOfAsync(driver));
        var page = await browser.OpenAsync(served.Address);
        await Expect(page.Locator("[data-state=live]").First).ToBeVisibleAsync();

        using var card = await RunningEmulator.StartAtAsync(uri, Loss);
        Assert.Equal(0, await driver.ExitAsync());
        await Expect(page.Locator(".banner")).ToContainTextAsync("The run is over: Completed.");

        var report = JsonNode.Parse(driver.Output)!;
        await Expect(page.Locator("[data-figure=delivered]")).ToHaveTextAsync(Count(report["chunks"]!["delivered"]!));
        await Expect(page.Locator("[data-figure=overwritten]")).ToHaveTextAsync(Count(report["chunks"]!["overwritten"]!));
        await Expect(page.Locator("[data-figure=isrs]")).ToHaveTextAsync(Count(report["interrupts"]!["isr"]!));
        await Expect(page.Locator("[data-figure=dpcs]")).ToHaveTextAsync(Count(report["dpc"]!["runs"]!));
        await Expect(page.Locator(".states")).ToContainTextAsync("ended");
        Assert.NotEqual("0", Count(report["chunks"]!["overwritten"]!));
        // Looking has changed nothing.
        var alone = JsonNode.Parse((await RunningProgram.RunAsync("emu", "run", "raised-irql", "--json")).Output)!;
        Assert.Equal((string)alone["digest"]!, (string)report["digest"]!);
    }

    [Fact]
    public async Task WithItsCardItShowsRingWaitsDeadlineAndVerdict()
    {
        using var card = await RunningEmulator.StartAsync([.. Loss, .. Slowly]);
        using var driver = RunningProgram.Start("driver-model",
            ["--card", card.Uri, "--control", "http://127.0.0.1:0", "--duration", "1h", .. Loss, .. Slowly]);
        using var served = await ServedPage.StartAsync(card.Uri, await ControlOfAsync(driver));
        var page = await browser.OpenAsync(served.Address);

        await Expect(page.Locator(".verdict")).ToContainTextAsync("VERDICT", new() { Timeout = 30_000 });
        await Expect(page.Locator("[data-figure=deadline]")).ToContainTextAsync("ms");
        await Expect(page.Locator("#ring tbody tr").First).ToBeVisibleAsync();
        await Expect(page.Locator("#interrupts [data-sent='0']")).Not.ToHaveTextAsync("0");
        await Expect(page.Locator("#waits canvas")).ToBeVisibleAsync();
        await Expect(page.Locator("#distribution canvas")).ToBeVisibleAsync();
        await Pictures.TakeAsync(page, "both-light");
        using var phone = new Closing(await browser.OpenAsync(served.Address, 400, isDark: true));
        await Expect(phone.Page.Locator("#waits canvas")).ToBeVisibleAsync();
        await Pictures.TakeAsync(phone.Page, "both-400-dark");
        Assert.InRange(await phone.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"), 1, 400);
        Assert.Empty(await phone.Page.EvaluateAsync<string[]>(Contrast.Script));

        card.Program.Kill();
        await Expect(page.Locator(".states")).ToContainTextAsync("lost: ");
        await driver.ExitAsync();
        await Expect(page.Locator(".banner")).ToContainTextAsync("The run is over: DeviceRemoved.");
    }

    private static async Task<string> ControlOfAsync(RunningProgram driver)
    {
        var line = await driver.LogsAsync(Ready);
        return line[(line.IndexOf(Ready, StringComparison.Ordinal) + Ready.Length)..].Trim();
    }

    private static string Count(JsonNode number) => ((long)number).ToString("#,0", CultureInfo.InvariantCulture);

    private sealed record Closing(IPage Page) : IDisposable
    {
        public void Dispose() => Page.CloseAsync().GetAwaiter().GetResult();
    }
}
