using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Report;
using Pcie.Emu.Running;
using Pcie.Fixtures.Programs;

namespace Pcie.Slow.Tests;

/// <summary>Several cards of one host, by the wall clock.</summary>
public sealed class SeveralCardsTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(LinkKind.Inproc)]
    [InlineData(LinkKind.Shm)]
    [InlineData(LinkKind.Grpc)]
    public async Task EachCardsAccountIsExact(LinkKind link)
    {
        using var folder = new TemporaryFolder();
        var request = new RunRequest(folder.Write("live.toml", """
            [run]
            duration = "10s"
            pacing = "wall-clock"
            [[card]]
            [[card]]
            [[card]]
            kind = "edu"
            [[driver]]
            [[driver]]
            [[driver]]
            kind = "edu"
            """), link);

        var report = (DaqReport)(link == LinkKind.Inproc ? new InProcessRun(request).Execute(Cancelled)
            : await TwoProcessRun.ExecuteAsync(request, null, Cancelled));

        var all = report.Cards.Select(card => card.Report).Prepend(report).ToList();
        Assert.All(all, one => Assert.Equal((RunOutcome.Completed, true), (one.Outcome, one.Accounted)));
        Assert.All(all.OfType<DaqReport>(), daq => Assert.NotEqual(0, daq.Chunks.Delivered));
        Assert.Equal(3, all.Count);
    }
}
