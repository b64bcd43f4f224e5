using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Scenario;
using Pcie.Emu.Running;
using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>As <see cref="OverEveryLink"/>, through memory that two engines of this process share; and what a link costs.</summary>
public sealed class OverSharedMemoryTests
{
    public static TheoryData<string> All => OverEveryLink.Some(1, 0);

    [Theory]
    [MemberData(nameof(All))]
    public async Task SharedMemoryGivesTheSameDigestToo(string name)
    {
        using var folder = new TemporaryFolder();
        var run = ShippedScenarios.FreeRunning.Single(run => run.Name == name);
        var file = ScenarioFile.Load(ShippedScenarios.PathOf(name));
        var duration = new Duration(Math.Min(run.Duration.Nanoseconds, OverEveryLink.Longest.Nanoseconds)).ToString();
        var host = HostScenario.Read(file).With(null, duration);
        await using var cards = new ServedCards();
        for (var i = 0; i < host.Cards.Count; i++) await cards.AddAsync(file, host, $"shm:{folder[$"card{i}"]}");

        var shared = cards.Run(host);

        var one = new InProcessRun(new RunRequest(ShippedScenarios.PathOf(name), LinkKind.Inproc) { Duration = duration })
            .Execute(TestContext.Current.CancellationToken);
        Assert.Equal((one.Digest, one.Events, one.RoundTrips), (shared.Digest, shared.Events, shared.RoundTrips));
        Assert.All(cards.Links, transport => Assert.NotNull(transport.Memory));
    }

    [Fact]
    public async Task TheOriginalDesignCostsThreeRoundTripsAChunkOverGrpc()
    {
        var report = (DaqReport)await TwoProcessRun.ExecuteAsync(
            new RunRequest(ShippedScenarios.PathOf("late-dpc"), LinkKind.Grpc) { Duration = "20s" }, null,
            TestContext.Current.CancellationToken);

        // The device found and started takes some sixty.
        Assert.InRange((double)report.RoundTrips / report.Chunks.Produced, 1, 3.2);
    }
}
