using Pcie.DriverModel.Report;
using Pcie.DriverModel.Scenario;
using Pcie.Emu.Running;
using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;
using Pcie.Scenario;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>Engine, kernel, driver, trace and link together allocate nothing for an event, once a run is under way: in bytes, not in time.</summary>
public sealed class SteadyStateTests
{
    private const string Shorter = "10s", Longer = "70s";

    // Less than one object for each of the thousand chunks that the longer run has more.
    private const long LessThanOneAChunk = 16_000;

    // To attach, and to ask the card for its account at the end, are calls of gRPC, which allocate up to 30 kB more in one run than in another,
    // however long the run: the least of some counts.
    private const int Runs = 4;

    private static readonly string Day = ShippedScenarios.PathOf("late-dpc");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public Task InOneProcessALongerRunAllocatesNoMore() => LongerAllocatesNoMoreAsync(duration => Task.FromResult(
        Measured(() => new InProcessRun(new RunRequest(Day, LinkKind.Inproc) { Duration = duration }).Execute(Cancelled))));

    // Of the host's side; the device's thread does the same on the other end of the rings.
    [Fact]
    public Task OverSharedMemoryALongerRunAllocatesNoMore() => LongerAllocatesNoMoreAsync(async duration =>
    {
        using var folder = new TemporaryFolder();
        var file = ScenarioFile.Load(Day);
        var host = HostScenario.Read(file).With(null, duration);
        await using var cards = new ServedCards();
        await cards.AddAsync(file, host, $"shm:{folder["card"]}");
        return Measured(() => cards.Run(host));
    });

    private static async Task LongerAllocatesNoMoreAsync(Func<string, Task<(long Events, long Bytes)>> run)
    {
        await run(Longer);
        var (few, ofFew) = await LeastAsync(Shorter);
        var (many, ofMany) = await LeastAsync(Longer);

        Assert.InRange(many - few, 100_000, 300_000);
        Assert.InRange(ofMany - ofFew, long.MinValue, LessThanOneAChunk);

        async Task<(long Events, long Bytes)> LeastAsync(string duration)
        {
            var least = await run(duration);
            for (var i = 1; i < Runs; i++)
            {
                var next = await run(duration);
                if (next.Bytes < least.Bytes) least = next;
            }
            return least;
        }
    }

    private static (long Events, long Bytes) Measured(Func<RunReport> run)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var report = run();
        return (report.Events, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
