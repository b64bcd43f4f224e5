using Pcie.DriverModel.Daq.Report;
using Pcie.Emu.Running;
using Pcie.Fixtures.Programs;
using Pcie.Trace;

namespace Pcie.Slow.Tests;

/// <summary>The simulated day: the failure that comes about once, and the design that does not fail.</summary>
public sealed class DayTests
{
    [Fact]
    public async Task TheOriginalDesignLosesDataInADayAndTheRingDoesNotThoughItsDpcComesAsLate()
    {
        var (original, ring) = (DayAsync("late-dpc"), DayAsync("late-dpc-ring"));
        var ((lost, recorded), (kept, _)) = (await original, await ring);

        // What --flight keeps of a day: some 300 KB.
        Assert.InRange(recorded, 100_000, 600_000);

        Assert.Empty(lost.Expect.Failures);
        Assert.Equal(0, lost.Expect.Skipped);
        Assert.True(lost.Chunks.Overwritten >= 1 && lost.Overruns.Count == lost.Chunks.Overwritten, $"{lost.Chunks}");
        Assert.All(lost.Overruns, overrun => Assert.InRange(overrun.IsrToDpcNs!.Value, 45_000_000, 100_000_000));

        Assert.Empty(kept.Expect.Failures);
        Assert.Equal(0, kept.Expect.Skipped);
        Assert.Equal(0, kept.Chunks.Overwritten + kept.Chunks.Dropped);
        Assert.InRange(kept.IsrToDpcNs.Max, 55_000_000, 100_000_000);
    }

    [Fact]
    public void TheMachineOfTheDayTakesAThousandInterruptsAndRunsAThousandDpcsASecond()
    {
        var report = Run("late-dpc", "1min");

        Assert.True(report.Host.Interrupts >= 60 * 1000 && report.Host.Dpcs >= 60 * 1000, $"{report.Host}");
        // Four processors tick 64 times a second.
        Assert.InRange(report.Host.Ticks, 4 * 64 * 60 - 4, 4 * 64 * 60 + 4);
        Assert.Equal(report.Host.Interrupts + report.Host.Dpcs + report.Host.Ticks + report.Chunks.Produced, report.Events);
    }

    [Fact]
    public void TheSameSeedGivesTheSameDayAndAnotherSeedAnotherOne()
    {
        var (first, again, other) = (Run("late-dpc", "10min"), Run("late-dpc", "10min"), Run("late-dpc", "10min", seed: 113));

        Assert.Equal(first.Digest, again.Digest);
        Assert.NotEqual(first.Digest, other.Digest);
        Assert.Equal(113u, other.Seed);
    }

    private static Task<(DaqReport Report, long Recorded)> DayAsync(string name) => Task.Factory.StartNew(() =>
    {
        var run = new InProcessRun(new RunRequest(ShippedScenarios.PathOf(name), LinkKind.Inproc) { Explains = true, FlightFile = "kept" });
        var report = (DaqReport)run.Execute(TestContext.Current.CancellationToken);
        using var recording = new MemoryStream();
        TraceFile.Write(run.Flight!, recording);
        return (report, recording.Length);
    }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static DaqReport Run(string name, string? duration, ulong? seed = null) =>
        (DaqReport)new InProcessRun(new RunRequest(ShippedScenarios.PathOf(name), LinkKind.Inproc) { Duration = duration, Seed = seed })
            .Execute(TestContext.Current.CancellationToken);
}
