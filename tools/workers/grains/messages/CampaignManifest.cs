using Pcie.Campaign.Plan;
using Pcie.Campaign.Units;

namespace Pcie.Workers.Grains.Messages;

/// <summary>A plan, as workers need it.</summary>
/// <param name="Name">For a person.</param>
/// <param name="Version">Of the program that planned, which is the one that may run it.</param>
/// <param name="Seeds">Of each row.</param>
[GenerateSerializer, Immutable, Alias("campaign-manifest")]
public sealed record CampaignManifest([property: Id(0)] string Name, [property: Id(1)] string Version, [property: Id(2)] int Seeds,
    [property: Id(3)] IReadOnlyList<ManifestRow> Rows)
{
    /// <summary>Names the campaign: equal plans are one campaign, whoever submits them.</summary>
    public string Id => ContentHash.Of(System.Text.Encoding.UTF8.GetBytes(
        $"{Version}\n{Seeds}\n{string.Join('\n', Rows.Select(row => $"{row.Content} {row.FirstSeed}"))}"));

    public static CampaignManifest Of(CampaignPlan plan, string version) => new(plan.Name, version, plan.Seeds, [.. plan.Rows.Select(row =>
        new ManifestRow(row.Content.Hash, row.Scenario.FirstSeed, row.Content.Text,
            [.. row.Content.Files.Select(file => new ManifestFile(file.Name, new FileInfo(file.Path).Length))]))]);
}

/// <summary>What is run with every seed.</summary>
/// <param name="Content">Its hash.</param>
[GenerateSerializer, Immutable, Alias("manifest-row")]
public sealed record ManifestRow([property: Id(0)] string Content, [property: Id(1)] ulong FirstSeed, [property: Id(2)] string Text,
    [property: Id(3)] IReadOnlyList<ManifestFile> Files);

/// <summary>A file that a content names; it lies in the store, in pieces.</summary>
/// <param name="Name">By its content.</param>
/// <param name="Length">In bytes.</param>
[GenerateSerializer, Immutable, Alias("manifest-file")]
public sealed record ManifestFile([property: Id(0)] string Name, [property: Id(1)] long Length)
{
    /// <summary>Bytes of a piece: a message and a value in the store.</summary>
    public const int Piece = 1 << 20;

    /// <summary>The largest that is shipped.</summary>
    public const long Largest = 256L << 20;

    public int Pieces => (int)((Length + Piece - 1) / Piece);

    public string KeyOf(int piece) => $"{Name}/{piece}";
}
