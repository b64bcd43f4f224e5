using System.Numerics;
using Pcie.Workers.Grains.Messages;

namespace Pcie.Workers.Grains;

/// <summary>
/// Which units of a campaign are done, and which a worker has. Blocks are opened in order, 64 seeds of every row before the next seeds, and only
/// those that are begun take memory.
/// </summary>
internal sealed class Allotment
{
    private const int LookAhead = 16;

    private readonly CampaignManifest manifest;
    private readonly SortedDictionary<int, OpenBlock> open = [];
    private readonly Dictionary<WorkerSlot, Lease> held = [];
    private readonly int perRow, first;
    private int position;
    private (Lease Unit, SiloAddress? By)? sample;

    /// <param name="cursor">Blocks from the first on that are known to be done.</param>
    public Allotment(CampaignManifest manifest, int cursor)
    {
        this.manifest = manifest;
        perRow = BlockRange.CountOf(manifest.Seeds);
        first = position = cursor;
        for (var block = 0; block < cursor; block++) Done += BitOperations.PopCount(Of(block).Mask);
    }

    public long Units => (long)manifest.Rows.Count * manifest.Seeds;

    public long Done { get; private set; }

    public int Blocks => perRow * manifest.Rows.Count;

    /// <summary>Blocks from the first on that are done.</summary>
    public int Finished => open.Count == 0 ? position : open.First().Key;

    public bool IsComplete => Finished == Blocks;

    /// <summary>Whether no block was opened.</summary>
    public bool IsUntouched => position == first;

    public int RunningOn(SiloAddress silo) => held.Where(one => one.Key.Silo.Equals(silo)).Sum(one => one.Value.Units);

    public bool IsTrying(SiloAddress silo) => held.Any(one => one.Value.IsTrial && one.Key.Silo.Equals(silo));

    /// <summary>A unit that somebody else has done; null while there is none.</summary>
    public Lease? TrialFor(SiloAddress silo) => sample is var (unit, by) && !silo.Equals(by) ? unit : null;

    /// <summary>Blocks that come next and are not opened yet.</summary>
    public IReadOnlyList<PlannedBlock> Ahead() => [.. Enumerable.Range(position, Math.Min(LookAhead, Blocks - position)).Select(Of)];

    /// <summary>Opens the next block.</summary>
    /// <param name="done">Seeds that are.</param>
    public void Open(PlannedBlock block, ulong done)
    {
        if (block.Index != position) return;
        position++;
        done &= block.Mask;
        Done += BitOperations.PopCount(done);
        if (done != 0) sample ??= (block.LeaseOf(BlockRange.Lowest(done, 1), isTrial: true), null);
        if (block.Mask != done) open[block.Index] = new OpenBlock(block, block.Mask & ~done);
    }

    /// <summary>Units of opened blocks that nobody has; null if there are none.</summary>
    public Lease? Next(WorkerSlot slot, int wants)
    {
        // Towards the end leases get small, so that nobody waits long for the last.
        var left = Units - Done - held.Values.Sum(lease => lease.Units);
        var most = (int)Math.Clamp(left / (2 * (held.Count + 1)), 1, Math.Max(1, wants));
        foreach (var block in open.Values)
            if (block.Free != 0) return Give(slot, block.Planned.LeaseOf(BlockRange.Lowest(block.Free, most), isTrial: false));
        return null;
    }

    /// <summary>Notes who has a lease.</summary>
    public Lease Give(WorkerSlot slot, Lease lease)
    {
        held[slot] = lease;
        if (!lease.IsTrial && open.TryGetValue(lease.Block, out var block)) block.Free &= ~lease.Mask;
        return lease;
    }

    /// <summary>What a processor had, it has no more.</summary>
    /// <param name="done">What it has recorded; the rest is free again.</param>
    /// <returns>Units that are done by that, and were not.</returns>
    public int GiveBack(WorkerSlot slot, Lease? done = null)
    {
        if (held.Remove(slot, out var had) && !had.IsTrial && open.TryGetValue(had.Block, out var of)) of.Free |= had.Mask & of.Missing;
        if (done is null || done.IsTrial || !open.TryGetValue(done.Block, out var block)) return 0;
        var now = block.Missing & done.Mask;
        block.Missing &= ~now;
        block.Free &= ~now;
        Done += BitOperations.PopCount(now);
        if (now != 0) sample ??= (block.Planned.LeaseOf(BlockRange.Lowest(now, 1), isTrial: true), slot.Silo);
        if (block.Missing == 0) open.Remove(done.Block);
        return BitOperations.PopCount(now);
    }

    private PlannedBlock Of(int index) => PlannedBlock.Of(manifest, index);

    // Units that are not done, and those of them that nobody has.
    private sealed class OpenBlock(PlannedBlock planned, ulong missing)
    {
        public PlannedBlock Planned => planned;

        public ulong Missing { get; set; } = missing;

        public ulong Free { get; set; } = missing;
    }
}
