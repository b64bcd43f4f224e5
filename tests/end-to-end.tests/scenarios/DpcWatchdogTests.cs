using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Report;
using Pcie.Emu.Running;
using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;
using Pcie.Program;
using Pcie.Time;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>A run that DPC_WATCHDOG_VIOLATION ends: when, and what is said of it.</summary>
public sealed class DpcWatchdogTests
{
    private static readonly string Shipped = ShippedScenarios.PathOf("dpc-watchdog");

    [Fact]
    public async Task TheRunEndsAtTheSameEventOverEveryLinkWithEveryChunkAccountedFor()
    {
        var one = (DaqReport)new InProcessRun(new RunRequest(Shipped, LinkKind.Inproc)).Execute(TestContext.Current.CancellationToken);
        var two = (DaqReport)await TwoProcessRun.ExecuteAsync(new RunRequest(Shipped, LinkKind.Grpc), null, TestContext.Current.CancellationToken);

        Assert.Equal((RunOutcome.DpcWatchdogViolation, true), (one.Outcome, one.Accounted));
        Assert.Empty(one.Expect.Failures);
        Assert.Contains("the DPC of usbccid.sys on processor 0 has run for 1281 clock interrupts", one.Failure);
        Assert.Equal((one.Digest, one.Failure, one.SimulatedNs, one.Chunks), (two.Digest, two.Failure, two.SimulatedNs, two.Chunks));
    }

    [Fact]
    public void AScenarioThatExpectsNothingOfItHasFailed()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("watchdog.toml", File.ReadAllText(Shipped).Split("[expect]")[0]);

        var report = new InProcessRun(new RunRequest(path, LinkKind.Inproc)).Execute(TestContext.Current.CancellationToken);

        Assert.Equal(ExitStatus.Unexpected, ExitStatus.Of(report.Expect.Passed));
        Assert.Equal([report.Failure!], report.Expect.Failures);
    }

    [Fact]
    public void WhatIsOnlyReportedDoesNotEndTheRun()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("watchdog.toml", File.ReadAllText(Shipped).Split("[expect]")[0]
            .Replace("processors = 2", "processors = 2\ndpc-watchdog = \"report\"", StringComparison.Ordinal));

        var report = new InProcessRun(new RunRequest(path, LinkKind.Inproc)).Execute(TestContext.Current.CancellationToken);

        Assert.Equal((RunOutcome.Completed, 1, Duration.FromSeconds(40).Nanoseconds),
            (report.Outcome, report.Host.DpcWatchdogViolations, report.SimulatedNs));
        Assert.True(report.Expect.Passed);
    }
}
