using Pcie.Time;

namespace Pcie.Randomness.Tests;

public sealed class DrawsTests
{
    private static readonly Duration Ms = Duration.FromMilliseconds(1);

    public static TheoryData<string> Kinds => [.. Distributions.Keys];

    private static Dictionary<string, Distribution> Distributions { get; } = new()
    {
        ["fixed"] = Distribution.Fixed(Ms),
        ["uniform"] = Distribution.Uniform(Duration.Zero, Ms),
        ["exponential"] = Distribution.Exponential(Ms),
        ["exponential, cut"] = Distribution.Exponential(Ms, Ms),
        ["log-normal"] = Distribution.LogNormal(Ms, 0.7),
        ["log-normal, cut"] = Distribution.LogNormal(Ms, 0.7, Ms * 2),
        ["Pareto"] = Distribution.Pareto(Ms, 1.9),
        ["part"] = Distribution.Exponential(Ms).Part(0.5, 0),
    };

    // Several times as many as are made at once, and not a multiple of that.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void WhatIsDrawnAheadIsWhatIsDrawnOneByOne(string kind)
    {
        var draws = new Draws(Distributions[kind], new RandomStream(7, kind));
        var stream = new RandomStream(7, kind);

        Assert.All(Enumerable.Range(0, 1000), _ => Assert.Equal(Distributions[kind].Draw(stream), draws.Next()));
    }

    [Fact]
    public void DrawingAllocatesNothing()
    {
        var draws = new Draws(Distributions["log-normal"], new RandomStream(7, "steady"));
        draws.Next();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) draws.Next();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
