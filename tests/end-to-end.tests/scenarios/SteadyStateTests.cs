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

    // Less than one object for each of the thousand chunks that the longer run has more. To ask the card for its account, at the end, is a call of
    // gRPC, which does not always allocate the same.
    private const long LessThanOneAChunk = 16_000;

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
        var (few, ofFew) = await run(Shorter);
        var (many, ofMany) = await run(Longer);

        Assert.InRange(many - few, 100_000, 300_000);
        Assert.InRange(ofMany - ofFew, long.MinValue, LessThanOneAChunk);
    }

    private static (long Events, long Bytes) Measured(Func<RunReport> run)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var report = run();
        return (report.Events, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
