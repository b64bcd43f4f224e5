using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Report;

namespace Pcie.DriverModel.Tests.Report;

public sealed class RunSummaryTests
{
    [Theory]
    [InlineData(0, "faults      link-down: 1\n")]
    [InlineData(1_234, "faults      link-down: 1; 1,234 writes lost on the link\n")]
    public void WhatALinkThatIsDownLosesIsNoFaultOfItsOwn(ulong lost, string line) =>
        Assert.Contains(line, Of(new() { ["faults.link-down"] = 1, ["faults.lost-on-link"] = lost }), StringComparison.Ordinal);

    [Fact]
    public void ACardToWhichNothingHappenedHasNoFaults() =>
        Assert.DoesNotContain("faults", Of(new() { ["faults.lost-on-link"] = 0, ["chunks.produced"] = 3 }), StringComparison.Ordinal);

    [Fact]
    public void WhatWasDueAndNotProducedIsSaidWithHowFarTheCardFellBehind() =>
        Assert.Contains("NOT ALL     10 chunks were due = 4 produced + 6 not produced: the card's process fell up to 2.5 s behind the wall clock, "
            + "and waited 1 s for the link",
            RunSummary.Of(new DaqReport
            {
                Pacing = RunReport.WallClock, Chunks = new ChunkFigures { Produced = 4, NotProduced = 6 },
                Lag = new LagFigures { CardNs = 2_500_000_000, CardWaitedForLinkNs = 1_000_000_000 },
            }), StringComparison.Ordinal);

    [Theory]
    [InlineData(9_999_999, false)]
    [InlineData(10_000_000, true)]
    public void ARunThatFellBehindSaysThatItsTimesAreNotTheDrivers(long lag, bool says) =>
        Assert.Equal(says, RunSummary.Of(new DaqReport { Pacing = RunReport.WallClock, Lag = new LagFigures { HostNs = lag } })
            .Contains("the times above contain that, and are not the driver's", StringComparison.Ordinal));

    private static string Of(SortedDictionary<string, ulong> card) => RunSummary.Of(new DaqReport { Card = card }).ReplaceLineEndings("\n");
}
