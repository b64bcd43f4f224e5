using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Report;
using Pcie.Emu.Running;
using Pcie.Fixtures.Programs;
using Pcie.Time;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>Free-running, two processes do what one does, event for event: every shipped scenario, over TCP and over a UNIX socket.</summary>
public sealed class OverEveryLinkTests
{
    // Long enough for some thousand events; a day would be four hundred thousand round trips.
    private static readonly Duration LongestOverALink = Duration.FromSeconds(20);

    public static MatrixTheoryData<string, LinkKind> FreeRunningOverLinks =>
        new(ShippedScenarios.FreeRunning.Select(run => run.Name), [LinkKind.Grpc, LinkKind.Unix]);

    [Theory]
    [MemberData(nameof(FreeRunningOverLinks))]
    public async Task TwoProcessesGiveTheSameDigestAsOneAndMeetTheExpectations(string name, LinkKind link)
    {
        var run = ShippedScenarios.FreeRunning.Single(run => run.Name == name);
        // A UNIX socket carries what TCP does: a tenth of the time tells whether it carries it.
        var duration = new Duration(Math.Min(run.Duration.Nanoseconds, LongestOverALink.Nanoseconds) / (link == LinkKind.Unix ? 10 : 1));
        // What a scenario expects is judged in a run of its own duration only.
        var request = new RunRequest(ShippedScenarios.PathOf(name), link)
        {
            Duration = duration == run.Duration ? null : duration.ToString(),
        };

        var one = (DaqReport)new InProcessRun(request).Execute(TestContext.Current.CancellationToken);
        var two = (DaqReport)await TwoProcessRun.ExecuteAsync(request, null, TestContext.Current.CancellationToken);

        Assert.Empty(two.Expect.Failures);
        Assert.Equal(one.Digest, two.Digest);
        Assert.Equal((one.Events, one.Chunks, one.RoundTrips), (two.Events, two.Chunks, two.RoundTrips));
        Assert.Equal(RunOutcome.Completed, two.Outcome);
    }

    [Fact]
    public async Task TheOriginalDesignCostsAtMostFiveRoundTripsAChunkOverGrpc()
    {
        var report = (DaqReport)await TwoProcessRun.ExecuteAsync(
            new RunRequest(ShippedScenarios.PathOf("late-dpc"), LinkKind.Grpc) { Duration = "20s" }, null,
            TestContext.Current.CancellationToken);

        Assert.InRange((double)report.RoundTrips / report.Chunks.Produced, 1, 5);
    }
}
