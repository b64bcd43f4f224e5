using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Pcie.EndToEnd.Tests.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Pcie.Ui.Tests;

/// <summary>The page of a card, in a real browser.</summary>
public sealed class CardPageTests(Browser browser, CardPage card) : PageTests(browser)
{
    [Fact]
    public async Task ItShowsTheCountersThatStatsShows()
    {
        await card.Card.DriveAsync("", "1s", TestContext.Current.CancellationToken);
        var stats = (await EmuInProcess.RunAsync("stats", card.Card.Uri)).Output;
        var page = await OpenAsync(card.Address);

        foreach (var name in (string[])["interrupts.raised", "function.messages-sent", "chunks.produced", "function.register-writes"])
        {
            var said = Regex.Match(stats, $@"(?m)^{name} +(\S+)$").Groups[1].Value;
            Assert.NotEqual("0", said);
            await Expect(page.Locator($"[data-counter='{name}']")).ToHaveTextAsync(said);
        }
        await Expect(page.Locator("[data-figure=produced]")).Not.ToHaveTextAsync("0");
    }

    [Theory]
    [InlineData("0xCAFE", "Written; SCRATCH reads 0x0000cafe now.")]
    [InlineData("0x100000000", "Refused: 0x100000000 does not fit SCRATCH, which has 32 bits.")]
    [InlineData("much", "Refused: 'much' is no value; expected a number, as in 12 or 0x1F.")]
    public async Task ARegisterTakesWhatPokeTakesAndRefusesWhatPokeRefuses(string value, string said)
    {
        var page = await OpenAsync(card.Address);

        await page.GetByRole(AriaRole.Button, new() { Name = "SCRATCH", Exact = true }).ClickAsync();
        await page.GetByLabel("All of SCRATCH").FillAsync(value);
        await page.GetByLabel("All of SCRATCH").PressAsync("Enter");

        await Expect(page.Locator(".detail [role=status]")).ToHaveTextAsync(said);
        var poked = await EmuInProcess.RunAsync("poke", card.Card.Uri, "SCRATCH", value);
        Assert.Equal(said.StartsWith("Written", StringComparison.Ordinal), poked.Status == 0);
        if (poked.Status != 0) Assert.Contains(said["Refused: ".Length..], poked.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(1440)]
    public async Task NothingIsWiderThanTheWindow(int width)
    {
        var page = await OpenAsync(card.Address, width);
        await page.GetByRole(AriaRole.Button, new() { Name = "INT_POLICY", Exact = true }).ClickAsync();
        await Pictures.TakeAsync(page, $"card-{width}");

        Assert.InRange(await page.EvaluateAsync<int>("document.documentElement.scrollWidth"), 1, width);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TextStandsOutFromItsGround(bool isDark)
    {
        var page = await OpenAsync(card.Address, isDark: isDark);
        await page.GetByRole(AriaRole.Button, new() { Name = "INT_POLICY", Exact = true }).ClickAsync();
        await Pictures.TakeAsync(page, $"card-{(isDark ? "dark" : "light")}");

        // WCAG 2.2, 1.4.3: 4.5 to 1.
        var faint = await page.EvaluateAsync<string[]>(Contrast.Script);
        Assert.True(faint.Length == 0, string.Join('\n', faint));
    }

    [Fact]
    public async Task EverythingIsReachedByKeyboard()
    {
        var page = await OpenAsync(card.Address);
        var reached = new HashSet<string>();
        for (var i = 0; i < 300 && !reached.Contains("counters"); i++)
        {
            await page.Keyboard.PressAsync("Tab");
            reached.Add(await page.EvaluateAsync<string>("document.activeElement.closest('section, nav, header, a.skip')?.id "
                + "|| document.activeElement.closest('header, a')?.tagName || ''"));
        }
        await page.GetByRole(AriaRole.Button, new() { Name = "SCRATCH", Exact = true }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");

        await Expect(page.GetByLabel("All of SCRATCH")).ToBeVisibleAsync();
        Assert.Superset(new HashSet<string>(["A", "HEADER", "sections", "interrupts", "tlps", "faults", "registers", "counters"]), reached);
    }

    [Fact]
    public async Task AFaultIsInjectedAndCounted()
    {
        var page = await OpenAsync(card.Address);

        await page.GetByRole(AriaRole.Button, new() { Name = "function-reset" }).ClickAsync();
        await Expect(page.Locator("#faults [role=status]")).ToHaveTextAsync("function-reset: done");
        await page.GetByLabel("Duration").FillAsync("soon");
        await page.GetByRole(AriaRole.Button, new() { Name = "link-down" }).ClickAsync();

        await Expect(page.Locator("#faults [role=status]")).ToContainTextAsync("Refused: Duration soon");
    }

    [Fact]
    public async Task TheHostsReadsAndTheirAnswersAreListedDecodedAndHeldStill()
    {
        var page = await OpenAsync(card.Address);
        await Expect(page.Locator(".states [data-state]")).ToHaveTextAsync("live");
        using var stop = new CancellationTokenSource();
        var driving = card.Card.DriveAsync("run.pacing = \"wall-clock\"", "1h", stop.Token);
        // What an earlier host sent is listed until this one sends.
        await Expect(page.Locator("#connections")).ToContainTextAsync("attached");
        await page.GetByPlaceholder("MRd, CplD").FillAsync("MRd INT_CAUSE");

        await Expect(page.Locator(".tlps tbody tr").First).ToContainTextAsync("BAR 0 INT_CAUSE");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        // The page is drawn by the server: it has heard of filter and button when it says so.
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Go on" })).ToBeVisibleAsync();
        await Expect(page.Locator(".tlps tbody tr").First).ToContainTextAsync("MRd");
        var first = await page.Locator(".tlps tbody tr").First.InnerTextAsync();
        await page.Locator(".tlps tbody .disclose").First.ClickAsync();
        await Expect(page.Locator(".decode")).ToContainTextAsync("memory read request");
        var counted = await CountAsync();
        while (await CountAsync() == counted) await page.WaitForTimeoutAsync(50);

        Assert.Equal(first, await page.Locator(".tlps tbody tr").First.InnerTextAsync());
        await stop.CancelAsync();
        await driving;

        async Task<long> CountAsync() => long.Parse(await page.Locator("[data-figure=raised]").InnerTextAsync(), NumberStyles.AllowThousands,
            CultureInfo.InvariantCulture);
    }
}
