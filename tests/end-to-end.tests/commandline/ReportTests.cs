using System.Diagnostics;
using System.Globalization;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.CommandLine;

/// <summary>The report, as a browser draws it.</summary>
public sealed class ReportTests
{
    private static readonly string? Chromium = ((string[])["/usr/bin/chromium", "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome"]).FirstOrDefault(File.Exists);

    [Theory]
    [InlineData("run raised-irql", "Chunk 76 was overwritten")]
    [InlineData("run raised-irql --seed 14", "emu run raised-irql --seed 14 --report")]
    [InlineData("run raised-irql --set run.seed=14", "# with run.seed = 14")]
    [InlineData("whatif dpc-storm-low --seeds 1", "What would have changed it")]
    public async Task ACommandWritesOneFile(string command, string title)
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, (await RunningProgram.RunAsync("emu", [.. command.Split(' '), "--report", folder["new/folder"]])).Status);
        var page = File.ReadAllText(Assert.Single(Directory.GetFiles(folder["new/folder"])));
        Assert.Contains(title, page, StringComparison.Ordinal);
        Assert.Contains("<p>By version ", page, StringComparison.Ordinal);
        // What it comes to stands before the account.
        Assert.InRange(page.IndexOf("<p class='verdict", StringComparison.Ordinal), 1, page.IndexOf("<pre>", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AFileIsNoPlaceForAReport()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "");
        var refused = await RunningProgram.RunAsync("emu", "run", "raised-irql", "--report", folder["file"]);
        Assert.Equal(2, refused.Status);
        Assert.Contains("this is a file; name a directory", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABrowserDrawsItInBothSchemesAndAsksNobodyForAnything()
    {
        if (Chromium is null) Assert.Skip("No Chromium here: this test needs chromium.");
        using var folder = new TemporaryFolder();
        await RunningProgram.RunAsync("emu", "run", "raised-irql", "--report", folder["report"]);
        var pictures = new List<byte[]>();
        foreach (var scheme in (string[])["1", "0"])
        {
            var picture = folder[$"{scheme}.png"];
            var (_, errors) = await BrowseAsync(folder, "--window-size=1000,1400", "--enable-logging=stderr",
                $"--blink-settings=preferredColorScheme={scheme}", $"--screenshot={picture}", $"file://{folder["report/report.html"]}");
            Assert.DoesNotContain("CONSOLE", errors, StringComparison.Ordinal);
            Assert.True(File.Exists(picture), errors);
            pictures.Add(await File.ReadAllBytesAsync(picture, TestContext.Current.CancellationToken));
        }
        // A page without anything on it is some 5 KB of PNG.
        Assert.All(pictures, picture => Assert.True(picture.Length > 50_000, $"{picture.Length} bytes"));
        Assert.NotEqual(pictures[0], pictures[1]);
    }

    [Fact]
    public async Task OnAPhoneNothingIsWiderThanTheScreenAndLettersAreLegible()
    {
        if (Chromium is null) Assert.Skip("No Chromium here: this test needs chromium.");
        using var folder = new TemporaryFolder();
        await RunningProgram.RunAsync("emu", "whatif", "dpc-storm-low", "--seeds", "1", "--duration", "1s", "--report", folder["report"]);
        // A window has a least width, a frame has not.
        File.WriteAllText(folder["phone.html"], """
            <iframe id=phone src="report/report.html" width=400 height=800 onload="
              const page = this.contentDocument, text = page.querySelector('svg text');
              document.title = page.documentElement.scrollWidth + ' ' + text.getBoundingClientRect().height"></iframe>
            """);

        var (page, errors) = await BrowseAsync(folder, "--allow-file-access-from-files", "--dump-dom", $"file://{folder["phone.html"]}");

        var measured = page.Split("<title>") is [_, var rest, ..] ? rest.Split('<')[0].Split(' ') : throw new InvalidOperationException(errors);
        Assert.InRange(int.Parse(measured[0], CultureInfo.InvariantCulture), 1, 400);
        Assert.InRange(double.Parse(measured[1], CultureInfo.InvariantCulture), 9, 20);
    }

    private static async Task<(string Output, string Errors)> BrowseAsync(TemporaryFolder folder, params string[] arguments)
    {
        using var browser = Process.Start(new ProcessStartInfo(Chromium!,
            ["--headless", "--no-sandbox", "--disable-gpu", $"--user-data-dir={folder[Path.GetRandomFileName()]}", .. arguments])
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        })!;
        var (output, errors) = (browser.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken),
            browser.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await browser.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (await output, await errors);
    }
}
