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
    [InlineData("stream", "mapped: 200 chunks")]
    [InlineData("late", "busy_dpc")]
    [InlineData("faults", "the driver found the card gone")]
    [InlineData("two-cards", "again: 300 chunks")]
    [InlineData("predict", "softirq TASKLET on CPU 0")]
    public Task ADriverOfOursDrivesTheCard(string test, string figure) => PreparedGuest.PassesAsync(test, figure);

    [Fact]
    public async Task WhatLspciSeesIsWhatTheCardSaysAndTheSessionIsPlayedToOtherCards()
    {
        using var folder = new TemporaryFolder();
        var session = folder["session.tlps"];
        await PreparedGuest.PassesAsync("lspci", "fields of configuration space compared", "--record", session);

        var listing = await RunningProgram.RunAsync("emu", "show", session);
        var replayed = await RunningProgram.RunAsync("emu", "replay", session, "--against", "inproc:");
        var other = await RunningProgram.RunAsync("emu", "replay", session, "--against", "inproc:", "--scenario", "edu");

        Assert.True(listing.Status == ExitStatus.Done, listing.ToString());
        Assert.Contains("config COMMAND_STATUS", listing.Output, StringComparison.Ordinal);
        Assert.True(replayed.Status == ExitStatus.Done, replayed.ToString());
        Assert.Contains("no difference", replayed.Output, StringComparison.Ordinal);
        Assert.True(other.Status == ExitStatus.Unexpected, other.ToString());
        Assert.Contains("1 difference, and stopped there", other.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'nonsense'", "nonsense")]
    [InlineData("--record is of one test", "lspci", "stream", "--record", "session.tlps")]
    [InlineData("--record-limit needs --record or --out", "lspci", "--record-limit", "1 GiB")]
    public async Task WhatCannotBeRunIsRefused(string sentence, params string[] arguments)
    {
        var run = await RunningProgram.RunAsync("emu", ["guest", .. arguments]);

        Assert.Equal(ExitStatus.Refused, run.Status);
        Assert.Contains(sentence, run.Errors, StringComparison.Ordinal);
    }
}
