using System.Net;
using Pcie.Workers.Grains;
using Pcie.Workers.Grains.Messages;

namespace Pcie.Workers.Tests;

/// <summary>Which units are given to whom, without a cluster.</summary>
public sealed class AllotmentTests
{
    private static readonly WorkerSlot One = SlotOf(1), Other = SlotOf(2);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 64)]
    [InlineData(2, 200)]
    public void EveryUnitIsGivenOnce(int rows, int seeds)
    {
        var manifest = Manifest(rows, seeds);
        var units = new Allotment(manifest, 0);
        var given = new HashSet<(int, ulong)>();

        while (Next(units, One) is { } lease)
        {
            Assert.All(lease.Seeds, seed => Assert.True(given.Add((lease.Row, seed))));
            Assert.Equal(lease.Units, units.GiveBack(One, lease));
        }

        Assert.Equal(rows * seeds, given.Count);
        Assert.All(given, unit => Assert.InRange(unit.Item2, 60UL, 59UL + (ulong)seeds));
        Assert.Equal((true, (long)rows * seeds), (units.IsComplete, units.Done));
    }

    [Fact]
    public void WhatADeadWorkerHadIsGivenToAnother()
    {
        var units = new Allotment(Manifest(1, 4), 0);
        var lost = Next(units, One)!;
        units.GiveBack(One);

        var seeds = new List<ulong>();
        while (Next(units, Other) is { } lease)
        {
            seeds.AddRange(lease.Seeds);
            units.GiveBack(Other, lease);
        }

        Assert.Superset(lost.Seeds.ToHashSet(), seeds.ToHashSet());
        Assert.Equal((4, true), (seeds.Count, units.IsComplete));
    }

    [Fact]
    public void WhatIsSaidTwiceIsCountedOnce()
    {
        var units = new Allotment(Manifest(1, 4), 0);
        var lease = Next(units, One)!;
        units.GiveBack(One);
        Next(units, Other);

        Assert.Equal((lease.Units, 0), (units.GiveBack(One, lease), units.GiveBack(Other, lease)));
        Assert.Equal(lease.Units, units.Done);
    }

    [Fact]
    public void WhatTheStoreHasIsNotGiven()
    {
        var manifest = Manifest(1, 8);
        var units = new Allotment(manifest, 0);
        foreach (var block in units.Ahead()) units.Open(block, ulong.MaxValue);

        Assert.Null(Next(units, One));
        Assert.True(units.IsComplete);
        Assert.Equal((8, true), (new Allotment(manifest, units.Finished).Done, new Allotment(manifest, units.Finished).IsComplete));
    }

    [Fact]
    public void AWorkerIsTriedOnWhatAnotherHasDone()
    {
        var units = new Allotment(Manifest(1, 8), 0);
        var lease = Next(units, One)!;
        Assert.Null(units.TrialFor(Other.Silo));

        units.GiveBack(One, lease);

        Assert.Null(units.TrialFor(One.Silo));
        Assert.Equal((true, lease.Seeds.First()), (units.TrialFor(Other.Silo)!.IsTrial, Assert.Single(units.TrialFor(Other.Silo)!.Seeds)));
    }

    private static Lease? Next(Allotment units, WorkerSlot slot)
    {
        while (true)
        {
            if (units.Next(slot, 16) is { } lease) return lease;
            if (units.Ahead() is not { Count: > 0 } ahead) return null;
            foreach (var block in ahead) units.Open(block, 0);
        }
    }

    // Seeds begin within a block.
    private static CampaignManifest Manifest(int rows, int seeds) =>
        new("test", "1", seeds, [.. Enumerable.Range(0, rows).Select(row => new ManifestRow($"row{row}", 60, "", []))]);

    private static WorkerSlot SlotOf(int n) => new($"worker {n}", SiloAddress.New(IPAddress.Loopback, n, n), 0);
}
