using Pcie.Fixtures.Programs;
using Pcie.Program;

namespace Pcie.Guest.Tests;

/// <summary>QEMU and a kernel, fetched once for all tests that need them, in whatever order they come.</summary>
internal static class PreparedGuest
{
    private static readonly Lazy<Task<ProgramResult>> Prepared = new(() => RunningProgram.RunAsync("emu", "guest", "--prepare"));

    /// <summary>Skips the test, aloud, where they cannot be had.</summary>
    public static async Task NeedAsync()
    {
        var prepared = await Prepared.Value;
        Assert.SkipWhen(prepared.Status == ExitStatus.Refused, $"No QEMU can be had here: {prepared.Errors}");
        Assert.True(prepared.Status == ExitStatus.Done, prepared.Errors);
    }

    /// <summary>A test of <c>emu guest</c> passes, and says a figure.</summary>
    public static async Task PassesAsync(string test, string figure, params IEnumerable<string> options)
    {
        await NeedAsync();

        var run = await RunningProgram.RunAsync("emu", ["guest", test, .. options]);

        Assert.True(run.Status == ExitStatus.Done, $"{run.Output}{run.Errors}");
        Assert.Contains($"{test}: passed", run.Output, StringComparison.Ordinal);
        Assert.Contains(figure, run.Output, StringComparison.Ordinal);
    }
}
