using Pcie.Diagnosis.WhatIf;
using Pcie.Time;

namespace Pcie.Diagnosis.Tests.WhatIf;

public sealed class ComparisonTests
{
    private static DesignRun Run(ulong seed, long lost, long worstMs, long deadlineMs = 50) => new()
    {
        Seed = seed, Simulated = Duration.FromSeconds(86_400), Lost = lost,
        Worst = Duration.FromMilliseconds(worstMs), Waits = [Duration.FromMilliseconds(worstMs)],
        Deadline = Duration.FromMilliseconds(deadlineMs), Period = Duration.FromMilliseconds(50), Interrupts = 100, RegisterReads = 100,
    };

    private static DesignChange Change(string name, DesignNeeds needs) => DesignChange.Of(name, needs, "driver.drain=all");

    private static Comparison Compared(long lost, params (DesignChange, string?, IReadOnlyList<DesignRun>)[] designs) =>
        Comparison.Of("test", [Run(1, lost, 60), Run(2, 0, 10)], designs);

    [Fact]
    public void TheBestComesFirstAndTheCheapestOfThoseThatLoseNothingIsNamed()
    {
        var comparison = Compared(
            3,
            (Change("useless", DesignNeeds.DriverSetting), null, [Run(1, 3, 60), Run(2, 0, 11)]),
            (Change("dear", DesignNeeds.Card), null, [Run(1, 0, 5), Run(2, 0, 5)]),
            (Change("cheap", DesignNeeds.DriverSetting), null, [Run(1, 0, 40), Run(2, 0, 10)]),
            (Change("impossible", DesignNeeds.Card), "no such card", []));
        Assert.Equal(["dear", "cheap", "useless"], comparison.Ranked.Select(outcome => outcome.Change.Name));
        Assert.Equal("cheap", comparison.Cheapest!.Change.Name);
        Assert.Equal("no such card", Assert.Single(comparison.NotRun).Refused);
        Assert.Equal([(2, 0), (1, 0), (0, 1)], comparison.Ranked.Select(outcome => (outcome.Better, outcome.Worse)));
        Assert.Equal(Duration.FromMilliseconds(-10), comparison.AsItIs.Margin);
    }

    [Fact]
    public void WithoutALossThereIsNothingToCure() =>
        Assert.Null(Compared(0, (Change("any", DesignNeeds.Card), null, [Run(1, 0, 5), Run(2, 0, 5)])).Cheapest);

    [Fact]
    public void ADepthThatSomeWaitOutlastedIsCountedAndOneThatNoneDidIsALimit()
    {
        var comparison = Compared(1);
        Assert.Equal((DepthBasis.Counted, 0.5), (comparison.Depth(1).Basis, comparison.Depth(1).Rate.PerDay));
        Assert.Equal((DepthBasis.NoneSeen, 0.0), (comparison.Depth(2).Basis, comparison.Depth(2).Rate.PerDay));
        Assert.Equal(3.689 / 2, comparison.Depth(2).Rate.High, 0.001);
    }

    [Fact]
    public void OfOwnChangesTheFewestSlotsAreTheCheapest()
    {
        IReadOnlyList<DesignRun> cured = [Run(1, 0, 5), Run(2, 0, 5)];
        var comparison = Compared(3, (DesignChange.Of("driver.buffering=ring,driver.ring-slots=3"), null, cured),
            (DesignChange.Of("driver.buffering=ring,driver.ring-slots=2"), null, cured));

        Assert.Equal("driver.buffering=ring,driver.ring-slots=2", comparison.Cheapest!.Change.Name);
    }

    [Theory]
    [InlineData("driver.dpc-importance=high", DesignNeeds.DriverSetting)]
    [InlineData("driver.dpc-importance=high,driver.ring-slots=2", DesignNeeds.DriverCode)]
    [InlineData("driver.ring-slots=2,driver.rearm-policy=level", DesignNeeds.Card)]
    [InlineData("card.msi-messages=8", DesignNeeds.Card)]
    [InlineData("host.processors=8", DesignNeeds.Unknown)]
    public void WhatAnOwnChangeCostsItsDearestKeySays(string change, DesignNeeds needs) => Assert.Equal(needs, DesignChange.Of(change).Needs);

    [Fact]
    public void TheDesignsOwnDepthIsAmongThoseThatAreTold()
    {
        var comparison = Comparison.Of("test", [Run(1, 0, 60, deadlineMs: 150)], []);

        Assert.Equal([1, 2, 3, 4, 8, 16, 32, 64], comparison.Depths);
        Assert.Contains("3 slots, as it is", ComparisonText.Of(comparison), StringComparison.Ordinal);
    }

    // Waits that all end below it give a fit that ends there too, and so knows no upper limit.
    [Fact]
    public void AnUpperLimitOfNothingIsNoLimit()
    {
        var run = Run(1, 1, 60) with { Waits = [.. Enumerable.Range(0, 30).Select(i => new Duration(60_000_000 - 1_000 * i))] };
        var depth = Comparison.Of("test", [run], []).Depth(2);

        Assert.Equal((DepthBasis.NoneSeen, 0.0), (depth.Basis, depth.Rate.PerDay));
        Assert.InRange(depth.Rate.High, 1, 10);
    }

    [Theory]
    [InlineData(1, "1 wait above ")]
    [InlineData(2, "2 waits above ")]
    public void OneIsNotSeveral(int waits, string text)
    {
        var run = Run(1, 1, 60) with { Waits = [.. Enumerable.Repeat(Duration.FromMilliseconds(60), waits), new Duration(1_000)] };
        Assert.Contains($"\n{text}", ComparisonText.Of(Comparison.Of("test", [run], [])), StringComparison.Ordinal);
    }
}
