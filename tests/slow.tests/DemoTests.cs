using Pcie.Fixtures.Programs;


namespace Pcie.Slow.Tests;

/// <summary>The README's first command.</summary>
public sealed class DemoTests
{
    [Fact]
    [Trait("duration", "long")]
    public async Task TheDemoCopiesAFileRepeatsARunAndTellsTheFailureItsCauseAndItsCure()
    {
        using var folder = new TemporaryFolder();
        var demo = await RunningProgram.RunAsync("emu", "demo", "--report", folder["report"]);

        Assert.True(demo.Status == 0, $"{demo.Output}\n{demo.Errors}");
        Assert.Empty(demo.Errors);
        // The terminal breaks lines where it likes.
        var story = string.Join(' ', demo.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("the copy is the same, byte for byte", story, StringComparison.Ordinal);
        Assert.Contains(", equal; ", story, StringComparison.Ordinal);
        Assert.Contains("OVERRUN chunk 947,895 at ", story, StringComparison.Ordinal);
        Assert.Contains("DPC storport.sys!recovery already running when the request came", story, StringComparison.Ordinal);
        Assert.Contains("The cheapest change with which nothing was lost: interrupts and DPC on CPU 2", story, StringComparison.Ordinal);
        Assert.Contains("storport.sys!recovery", File.ReadAllText(Path.Combine(folder["report"], "report.html")), StringComparison.Ordinal);
    }
}
