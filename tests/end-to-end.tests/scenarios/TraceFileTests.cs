using System.Globalization;
using Pcie.Emu.Running;
using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>The trace of both sides in one file.</summary>
public sealed class TraceFileTests
{
    [Fact]
    public async Task OneProcessAndTwoWriteTheSameTraceByteForByte()
    {
        using var folder = new TemporaryFolder();
        var request = new RunRequest(ShippedScenarios.PathOf("vector-per-cause"), LinkKind.Inproc) { Duration = "20ms" };
        new InProcessRun(request with { TraceFile = folder["one.csv"] }).Execute(TestContext.Current.CancellationToken);
        foreach (var link in (LinkKind[])[LinkKind.Grpc, LinkKind.Unix])
        {
            await TwoProcessRun.ExecuteAsync(request with { Link = link, TraceFile = folder["two.csv"] }, null,
                TestContext.Current.CancellationToken);

            Assert.Equal(File.ReadAllLines(folder["one.csv"]), File.ReadAllLines(folder["two.csv"]));
            Assert.Equal(File.ReadAllBytes(folder["one.csv"]), File.ReadAllBytes(folder["two.csv"]));
        }
    }

    [Fact]
    public void ATraceHasAHeaderAndTheWayOfAChunkFromTheCardToTheReaderInTheOrderOfTime()
    {
        using var folder = new TemporaryFolder();
        new InProcessRun(new RunRequest(ShippedScenarios.PathOf("vector-per-cause"), LinkKind.Inproc)
        {
            Duration = "20ms", TraceFile = folder["trace.csv"],
        }).Execute(TestContext.Current.CancellationToken);

        var lines = File.ReadAllLines(folder["trace.csv"]);
        var rows = lines[1..].Select(line => line.Split(',')).ToList();
        var times = rows.ConvertAll(row => long.Parse(row[0], CultureInfo.InvariantCulture));
        var steps = rows.Select(row => $"{row[1]} {row[3]} {row[5]}").ToList();

        Assert.Equal("time_ns,side,processor,kind,source,a,b", lines[0]);
        Assert.Equal(times.Order(), times);
        Assert.Equal(
            [
                "device ChunkStarted 1", "device ChunkWritten 1",
                // DATA_READY is cause 0, and has message 0 for itself, which is vector 192: the ISR need not read which it was.
                "device InterruptRaised 0", "device InterruptSent 0", "host ChunkArrived 1", "host IsrBegin 192", "host DpcQueued 1", "host IsrEnd 192",
                "host DpcBegin 0", "host ChunkCopied 1", "host ChunkDelivered 1", "host DpcEnd 0",
            ],
            steps[steps.IndexOf("device ChunkStarted 1")..steps.IndexOf("device ChunkStarted 2")]
                .Where(step => !step.StartsWith("device RegisterWritten", StringComparison.Ordinal)));
    }
}
