using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Scenario;
using Pcie.Emu.Running;
using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>
/// Free-running, a run is the same over every link, event for event: every shipped scenario over each, between engines of this process that real
/// sockets, or memory, join. That it is so between the real programs, which take seconds to start, some runs show.
/// </summary>
public sealed class OverEveryLinkTests
{
    // Long enough for some hundred events to some thousand, and not so long that it is the sockets that take the time: a day would be three
    // hundred thousand round trips.
    private static readonly Duration Longest = Duration.FromMilliseconds(500);
    private const long MostRoundTrips = 1000;

    public static MatrixTheoryData<string, LinkKind> All =>
        new(ShippedScenarios.FreeRunning.Select(run => run.Name), [LinkKind.Shm, LinkKind.Unix, LinkKind.Grpc]);

    [Theory]
    [MemberData(nameof(All))]
    public async Task EveryScenarioGivesTheSameReport(string name, LinkKind link)
    {
        using var folder = new TemporaryFolder();
        var (request, one) = InOneProcess(name);
        var file = ScenarioFile.Load(request.ScenarioPath);
        var host = HostScenario.Read(file).With(null, request.Duration);
        await using var cards = new ServedCards();
        for (var card = 1; card <= host.Cards.Count; card++)
            await cards.AddAsync(file, host, link switch
            {
                LinkKind.Grpc => "http://127.0.0.1:0",
                LinkKind.Unix => $"unix:{folder[$"card{card}"]}",
                _ => $"shm:{folder[$"card{card}"]}",
            });

        AssertSame(one, cards.Run(host));

        Assert.All(cards.Links, transport => Assert.Equal(link == LinkKind.Shm, transport.Memory is not null));
    }

    [Theory]
    [InlineData("late-dpc", LinkKind.Grpc)]
    [InlineData("second-card", LinkKind.Grpc)]
    [InlineData("scatter-gather", LinkKind.Unix)]
    [InlineData("nvme", LinkKind.Shm)]
    [InlineData("fault-surprise-removal", LinkKind.Shm)]
    public async Task TwoProcessesGiveTheSameReportAsOne(string name, LinkKind link)
    {
        var (request, one) = InOneProcess(name);

        AssertSame(one, await TwoProcessRun.ExecuteAsync(request with { Link = link }, null, TestContext.Current.CancellationToken));
    }

    // Over any link: the reports above have the number.
    [Fact]
    public void TheOriginalDesignCostsThreeRoundTripsAChunk()
    {
        var report = (DaqReport)new InProcessRun(new RunRequest(ShippedScenarios.PathOf("late-dpc"), LinkKind.Inproc) { Duration = "60s" })
            .Execute(TestContext.Current.CancellationToken);

        // The device found and started takes some sixty.
        Assert.InRange((double)report.RoundTrips / report.Chunks.Produced, 1, 3.1);
    }

    [Fact]
    public void ARunInOneProcessRefusesAnotherLink()
    {
        var request = new RunRequest(ShippedScenarios.PathOf("live"), LinkKind.Shm);
        Assert.Contains("no link Shm", Assert.Throws<ArgumentException>(() => new InProcessRun(request)).Message, StringComparison.Ordinal);
    }

    // What a scenario expects is judged in a run of its own duration only.
    private static (RunRequest Request, RunReport Report) InOneProcess(string name)
    {
        var run = ShippedScenarios.FreeRunning.Single(run => run.Name == name);
        var request = new RunRequest(ShippedScenarios.PathOf(name), LinkKind.Inproc) { Duration = run.Duration > Longest ? $"{Longest}" : null };
        var report = new InProcessRun(request).Execute(TestContext.Current.CancellationToken);
        if (report.RoundTrips <= MostRoundTrips) return (request, report);
        request = request with { Duration = $"{new Duration(report.SimulatedNs * MostRoundTrips / report.RoundTrips)}" };
        return (request, new InProcessRun(request).Execute(TestContext.Current.CancellationToken));
    }

    private static void AssertSame(RunReport one, RunReport other)
    {
        Assert.Equal((one.Digest, one.Events, one.RoundTrips), (other.Digest, other.Events, other.RoundTrips));
        Assert.Equal(one.ToJsonText(), As(one, other).ToJsonText());
        Assert.Empty(other.Expect.Failures);
    }

    // The whole report, aside of what is about the link and the time that the run itself took.
    private static RunReport As(RunReport one, RunReport other) => other with
    {
        Link = one.Link, WallNs = one.WallNs,
        Card = other.Card.Where(counter => !counter.Key.StartsWith("attach.", StringComparison.Ordinal)).ToDictionary(),
        Cards = [.. one.Cards.Zip(other.Cards, (one, other) => (other.Name, As(one.Report, other.Report)))],
    };
}
