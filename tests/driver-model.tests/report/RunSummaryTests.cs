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

    private static string Of(SortedDictionary<string, ulong> card) => RunSummary.Of(new DaqReport { Card = card }).ReplaceLineEndings("\n");
}
