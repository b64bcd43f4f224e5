using Pcie.DriverModel.Report;
using Pcie.Emu.Running;
using Pcie.Fixtures.Programs;
using Pcie.Time;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>
/// Free-running, two processes do what one does, event for event: every second shipped scenario over TCP, and of the others every second over a UNIX
/// socket, since each is three programs that start; every one over shared memory, between two engines of this process.
/// </summary>
internal static class OverEveryLink
{
    // Long enough for some hundred events to some thousand; a day would be three hundred thousand round trips.
    public static readonly Duration Longest = Duration.FromMilliseconds(500);

    public static TheoryData<string> Some(int every, int first) =>
        [.. ShippedScenarios.FreeRunning.Select(run => run.Name).Where((_, index) => index % every == first)];

    public static async Task IsAsInOneProcessAsync(string name, LinkKind link, int part)
    {
        var run = ShippedScenarios.FreeRunning.Single(run => run.Name == name);
        var duration = new Duration(Math.Min(run.Duration.Nanoseconds, Longest.Nanoseconds) / part);
        // What a scenario expects is judged in a run of its own duration only.
        var request = new RunRequest(ShippedScenarios.PathOf(name), link)
        {
            Duration = duration == run.Duration ? null : duration.ToString(),
        };

        var one = new InProcessRun(request).Execute(TestContext.Current.CancellationToken);
        var two = await TwoProcessRun.ExecuteAsync(request, null, TestContext.Current.CancellationToken);

        Assert.Empty(two.Expect.Failures);
        Assert.Equal(one.Digest, two.Digest);
        Assert.Equal(one.ToJsonText(), As(one, two).ToJsonText());
        Assert.Equal(RunOutcome.Completed, two.Outcome);
    }

    // The whole report, aside of what is about the link and the time that the run itself took.
    private static RunReport As(RunReport one, RunReport two) => two with
    {
        Link = one.Link, WallNs = one.WallNs,
        Card = two.Card.Where(counter => !counter.Key.StartsWith("attach.", StringComparison.Ordinal)).ToDictionary(),
        Cards = [.. one.Cards.Zip(two.Cards, (one, two) => (two.Name, As(one.Report, two.Report)))],
    };
}

/// <inheritdoc cref="OverEveryLink"/>
public sealed class OverTcpTests
{
    public static TheoryData<string> Some => OverEveryLink.Some(2, 0);

    [Theory]
    [MemberData(nameof(Some))]
    public Task TwoProcessesGiveTheSameDigestAsOne(string name) => OverEveryLink.IsAsInOneProcessAsync(name, LinkKind.Grpc, 1);
}

/// <summary>It carries what TCP does: a quarter of the time tells whether it carries it.</summary>
public sealed class OverUnixTests
{
    public static TheoryData<string> Some => OverEveryLink.Some(4, 1);

    [Theory]
    [MemberData(nameof(Some))]
    public Task TwoProcessesGiveTheSameDigestAsOne(string name) => OverEveryLink.IsAsInOneProcessAsync(name, LinkKind.Unix, 4);
}
