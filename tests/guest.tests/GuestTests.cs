using Pcie.Fixtures.Programs;
using Pcie.Program;

namespace Pcie.Guest.Tests;

/// <summary>
/// A kernel that nobody here wrote drives the card: <c>emu guest</c>, those of its tests with our driver for Linux. Where QEMU and a kernel cannot be
/// had, they are skipped, aloud.
/// <code>
/// test ── emu guest (process) ── card ══ vfio-user ══ QEMU (process) ── Linux ── driver
/// </code>
/// </summary>
public sealed class GuestTests
{
    [Theory]
    [InlineData("lspci", "fields of configuration space compared")]
    [InlineData("stream", "mapped: 250 chunks")]
    [InlineData("late", "busy_dpc")]
    [InlineData("faults", "the driver found the card gone")]
    [InlineData("predict", "softirq TASKLET on CPU 0")]
    public Task ADriverOfOursDrivesTheCard(string test, string figure) => PreparedGuest.PassesAsync(test, figure);

    [Fact]
    public async Task ATestThatThereIsNotIsRefused()
    {
        var run = await RunningProgram.RunAsync("emu", "guest", "nonsense");

        Assert.Equal(ExitStatus.Refused, run.Status);
        Assert.Contains("'nonsense'", run.Errors, StringComparison.Ordinal);
    }
}
