namespace Pcie.Workers.Grains.Messages;

/// <summary>A block of a campaign.</summary>
/// <param name="Index">The campaign's number of it: a block of every row before the next seeds.</param>
/// <param name="Row">Of the manifest.</param>
/// <param name="SeedBlock">As in <see cref="Lease"/>.</param>
/// <param name="Mask">Its seeds that are the campaign's; there may be none.</param>
public sealed record PlannedBlock(int Index, int Row, string Content, ulong SeedBlock, ulong Mask)
{
    public static PlannedBlock Of(CampaignManifest manifest, int index)
    {
        var (number, row) = Math.DivRem(index, manifest.Rows.Count);
        var of = manifest.Rows[row];
        var block = of.FirstSeed / BlockRange.Seeds + (ulong)number;
        return new PlannedBlock(index, row, of.Content, block, BlockRange.MaskOf(of.FirstSeed, manifest.Seeds, block));
    }

    /// <summary>The grain's.</summary>
    public string Key => BlockRange.KeyOf(Content, SeedBlock);

    public Lease LeaseOf(ulong mask, bool isTrial) => new(Index, Row, Content, SeedBlock, mask, isTrial);
}
