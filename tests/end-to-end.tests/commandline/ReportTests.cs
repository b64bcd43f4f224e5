using System.Diagnostics;
using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.CommandLine;

/// <summary>The report, as a browser draws it.</summary>
public sealed class ReportTests
{
    private static readonly string? Chromium = ((string[])["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]).FirstOrDefault(File.Exists);

    [Theory]
    [InlineData("run raised-irql", "Chunk 76 was overwritten")]
    [InlineData("whatif dpc-storm-low --seeds 1", "What would have changed it")]
    public async Task ACommandWritesOneFile(string command, string title)
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, (await RunningProgram.RunAsync("emu", [.. command.Split(' '), "--report", folder["new/folder"]])).Status);
        Assert.Contains(title, File.ReadAllText(Path.Combine(Assert.Single(Directory.GetFiles(folder["new/folder"])))), StringComparison.Ordinal);
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
            var start = new ProcessStartInfo(Chromium)
            {
                RedirectStandardError = true, RedirectStandardOutput = true,
                ArgumentList =
                {
                    "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1000,1400", "--enable-logging=stderr", $"--user-data-dir={folder[$"profile{scheme}"]}",
                    $"--blink-settings=preferredColorScheme={scheme}", $"--screenshot={picture}", $"file://{folder["report/report.html"]}",
                },
            };
            using var browser = Process.Start(start)!;
            var (output, errors) = (browser.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), browser.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
            await browser.WaitForExitAsync(TestContext.Current.CancellationToken);
            await output;
            Assert.DoesNotContain("CONSOLE", await errors, StringComparison.Ordinal);
            Assert.True(File.Exists(picture), await errors);
            pictures.Add(await File.ReadAllBytesAsync(picture, TestContext.Current.CancellationToken));
        }
        // A page without anything on it is some 5 KB of PNG.
        Assert.All(pictures, picture => Assert.True(picture.Length > 50_000, $"{picture.Length} bytes"));
        Assert.NotEqual(pictures[0], pictures[1]);
    }
}
