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
        AssertInOrder(story, "1. Two processes", "the copy is the same, byte for byte", ", equal; ", "the first 3 hours",
            "OVERRUN chunk 190,353 at ", "DPC storport.sys!recovery already running when the request came",
            "The cheapest change with which nothing was lost: interrupts and DPC on CPU 2",
            "These hours were chosen for their loss", "With pictures: ", "Told in ", "Next: ");
        Assert.Matches("Told in [0-9.]+ [a-z]+, the first result after [0-9.]+ [a-z]+: from the start of emu, which was built", story);
        Assert.Contains("storport.sys!recovery", File.ReadAllText(Path.Combine(folder["report"], "report.html")), StringComparison.Ordinal);
    }

    private static void AssertInOrder(string text, params string[] parts)
    {
        var at = 0;
        foreach (var part in parts)
        {
            var found = text.IndexOf(part, at, StringComparison.Ordinal);
            Assert.True(found >= 0, $"'{part}' does not come after what is to come before it:\n{text}");
            at = found + part.Length;
        }
    }
}
