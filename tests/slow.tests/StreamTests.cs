using Pcie.DriverModel.Daq.Report;
using Pcie.Emu.Running;
using Pcie.Fixtures.Programs;
using Pcie.Scenario;

namespace Pcie.Slow.Tests;

/// <summary>
/// Real bytes in real time: what comes out is what went in. How many these are is up to the machine, which has other things to do; <c>tools/bench</c>
/// measures that.
/// </summary>
public sealed class StreamTests
{
    private const long ChunkBytes = 256 << 10;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FiveSecondsOfSixtyMegabytesASecondOverGrpcLoseNothing()
    {
        // What a slow machine can do too: the scenario's own rate is for a quiet one.
        var request = new RunRequest(ShippedScenarios.PathOf("live"), LinkKind.Grpc) { Changes = [ScenarioChange.Parse("card.source.rate=60 MB/s")] };

        var report = (DaqReport)await TwoProcessRun.ExecuteAsync(request, null, Cancelled);

        Assert.Empty(report.Expect.Failures);
        Assert.Equal(0, report.Expect.Skipped);
        Assert.True(report.Data.HashEqual);
        Assert.Equal(report.Chunks.Produced * ChunkBytes, report.Data.Bytes);
    }

    [Theory]
    [InlineData(LinkKind.Inproc)]
    [InlineData(LinkKind.Unix)]
    public async Task TwoSecondsOfItLoseNothingOverTheOtherLinks(LinkKind link)
    {
        var request = new RunRequest(ShippedScenarios.PathOf("live"), link) { Duration = "2s" };

        var report = link == LinkKind.Inproc
            ? (DaqReport)new InProcessRun(request).Execute(Cancelled)
            : (DaqReport)await TwoProcessRun.ExecuteAsync(request, null, Cancelled);

        // The machine may be too busy for all that is due; then it is said, and nothing else is wrong.
        Assert.All(report.Expect.Failures, failure => Assert.Contains("not produced", failure, StringComparison.Ordinal));
        Assert.True(report.Data.HashEqual);
        Assert.Equal(report.Chunks.Produced, report.Chunks.Delivered);
        Assert.Equal(report.Chunks.Produced * ChunkBytes, report.Data.Bytes);
    }

    [Theory]
    [InlineData(LinkKind.Inproc)]
    [InlineData(LinkKind.Grpc)]
    [InlineData(LinkKind.Unix)]
    public async Task AFileOfOnesOwnComesOutByteForByte(LinkKind link)
    {
        using var folder = new TemporaryFolder();
        // Neither a multiple of the chunk nor of a DW.
        // Twice what the scenario's own second has room for.
        var bytes = new byte[8_234_567];
        new System.Random(7).NextBytes(bytes);
        await File.WriteAllBytesAsync(folder["in"], bytes, Cancelled);
        var request = new RunRequest(ShippedScenarios.PathOf("stream"), link) { SourceFile = folder["in"], OutputFile = folder["out"] };

        var report = link == LinkKind.Inproc
            ? (DaqReport)new InProcessRun(request).Execute(Cancelled)
            : (DaqReport)await TwoProcessRun.ExecuteAsync(request, null, Cancelled);

        Assert.Empty(report.Expect.Failures);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(folder["out"], Cancelled));
    }
}
