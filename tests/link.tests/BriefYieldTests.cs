using Pcie.Fixtures;
using Pcie.Link.Transports;

namespace Pcie.Link.Tests;

public sealed class BriefYieldTests
{
    private readonly SteppedTime time = new();
    private TimeSpan kept;
    private int yields;

    [Fact]
    public void OthersAreLetRunAsLongAsTheyGiveTheProcessorBack()
    {
        kept = TimeSpan.FromMicroseconds(900);
        var brief = Create();

        for (var i = 0; i < 1000; i++) Assert.True(brief.Try());
        Assert.Equal(1000, yields);
    }

    [Fact]
    public void WhereTheyKeepItItIsLeftOffForAWhileAndTriedAgain()
    {
        kept = TimeSpan.FromMilliseconds(3);
        var brief = Create();

        for (var round = 1; round <= 3; round++)
        {
            Assert.True(brief.Try());
            for (var i = 0; i < BriefYield.LeftOff; i++) Assert.False(brief.Try());
            Assert.Equal(round, yields);
        }
    }

    private BriefYield Create() => new(time, () =>
    {
        yields++;
        time.Advance(kept);
    });
}
