using System.Numerics;

namespace Pcie.Workers.Grains.Messages;

/// <summary>Units that a worker runs: seeds of one block.</summary>
/// <param name="Block">The campaign's number of it.</param>
/// <param name="Row">Of the manifest.</param>
/// <param name="Content">The row's, by hash.</param>
/// <param name="SeedBlock">Seeds begin with 64 times it.</param>
/// <param name="Mask">Which of the 64, a bit each.</param>
/// <param name="IsTrial">Whether another worker has done it, and this one has to come to the same before it gets others.</param>
[GenerateSerializer, Immutable, Alias("lease")]
public sealed record Lease([property: Id(0)] int Block, [property: Id(1)] int Row, [property: Id(2)] string Content,
    [property: Id(3)] ulong SeedBlock,
    [property: Id(4)] ulong Mask, [property: Id(5)] bool IsTrial)
{
    public int Units => BitOperations.PopCount(Mask);

    public IEnumerable<ulong> Seeds => BlockRange.SeedsOf(SeedBlock, Mask);
}

/// <summary>A processor of a worker, which runs one lease at a time.</summary>
/// <param name="Worker">Its name, for a person.</param>
/// <param name="Silo">By which the cluster knows whether it is alive.</param>
[GenerateSerializer, Immutable, Alias("worker-slot")]
public sealed record WorkerSlot([property: Id(0)] string Worker, [property: Id(1)] SiloAddress Silo, [property: Id(2)] int Processor);

/// <summary>A worker asks for units.</summary>
/// <param name="Version">Of the worker's program.</param>
/// <param name="Wants">Units, at the most.</param>
/// <param name="Done">What it had, and has recorded; null if it had none, or could not do it.</param>
/// <param name="Refusal">Why it must not, or cannot, run this campaign; null if it can.</param>
[GenerateSerializer, Immutable, Alias("work-request")]
public sealed record WorkRequest([property: Id(0)] WorkerSlot Slot, [property: Id(1)] string Version, [property: Id(2)] int Wants,
    [property: Id(3)] Lease? Done, [property: Id(4)] string? Refusal);

/// <summary>What a worker is told.</summary>
/// <param name="Lease">Null if there is nothing to do in this campaign at present.</param>
/// <param name="Refusal">Why it gets nothing of this campaign; null if it may.</param>
[GenerateSerializer, Immutable, Alias("assignment")]
public sealed record Assignment([property: Id(0)] Lease? Lease, [property: Id(1)] string? Refusal);
