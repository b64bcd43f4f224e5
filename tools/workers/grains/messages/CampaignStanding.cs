namespace Pcie.Workers.Grains.Messages;

/// <summary>How far a campaign is.</summary>
/// <param name="Units">All of them.</param>
/// <param name="Done">Of those, as far as has been looked.</param>
/// <param name="Finished">Blocks from the first on that are all done.</param>
/// <param name="Blocks">All of them.</param>
/// <param name="Workers">Who runs units of it.</param>
/// <param name="Refused">Who does not, and why: a sentence each.</param>
/// <param name="Troubles">What keeps workers from going on: a sentence each.</param>
/// <param name="IsWithdrawn">Whether it was taken off the cluster, or never was there.</param>
[GenerateSerializer, Immutable, Alias("campaign-standing")]
public sealed record CampaignStanding([property: Id(0)] long Units, [property: Id(1)] long Done, [property: Id(2)] int Finished,
    [property: Id(3)] int Blocks, [property: Id(4)] IReadOnlyList<WorkerStanding> Workers, [property: Id(5)] IReadOnlyList<string> Refused,
    [property: Id(6)] IReadOnlyList<string> Troubles, [property: Id(7)] bool IsWithdrawn);

/// <summary>A worker in a campaign.</summary>
/// <param name="Running">Units that it has at present.</param>
/// <param name="Done">Units that it has said it did.</param>
[GenerateSerializer, Immutable, Alias("worker-standing")]
public sealed record WorkerStanding([property: Id(0)] string Name, [property: Id(1)] int Running, [property: Id(2)] long Done);
