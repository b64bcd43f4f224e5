using Pcie.EndToEnd.Tests.Fixtures;

namespace Pcie.EndToEnd.Tests.CommandLine;

/// <summary>The README's first command.</summary>
[Collection(WallClockTests.Name)]
public sealed class DemoTests
{
    [Fact]
    [Trait("duration", "long")]
    public async Task TheDemoCopiesAFileRepeatsARunAndShowsTheFailureAndItsCure()
    {
        var demo = await RunningProgram.RunAsync("emu", "demo");

        Assert.True(demo.Status == 0, $"{demo.Output}\n{demo.Errors}");
        Assert.Empty(demo.Errors);
        // The terminal breaks lines where it likes.
        var story = string.Join(' ', demo.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("the copy is the same, byte for byte", story, StringComparison.Ordinal);
        Assert.Contains(", equal; ", story, StringComparison.Ordinal);
        Assert.Contains("OVERRUN at ", story, StringComparison.Ordinal);
        Assert.Contains("Only the first design loses data by it", story, StringComparison.Ordinal);
    }
}
