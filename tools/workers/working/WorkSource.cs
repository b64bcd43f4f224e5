using NLog;
using Pcie.Workers.Grains;
using Pcie.Workers.Grains.Messages;

namespace Pcie.Workers.Working;

/// <summary>What all processors of a worker have in common: which campaigns it must not run, and one of them at a time that looks for work.</summary>
internal sealed class WorkSource(IGrainFactory grains, string version)
{
    private static readonly Logger Log = LogManager.GetLogger("Pcie.Workers");
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(300);

    private readonly Lock looking = new(), noting = new();
    private readonly HashSet<string> refused = [];

    /// <summary>Waits for work in any campaign.</summary>
    /// <exception cref="OperationCanceledException">The worker stops.</exception>
    public (string Campaign, Lease Lease) Find(WorkerSlot slot, Patience patience, CancellationToken stopping)
    {
        lock (looking)
            while (true)
            {
                foreach (var campaign in patience.Try("ask which campaigns there are", grains.GetGrain<IOpenCampaignsGrain>(0).ListAsync))
                    if (!IsRefused(campaign) && Take(campaign, slot, 1, null, null, patience) is { } lease) return (campaign, lease);
                stopping.WaitHandle.WaitOne(BetweenLooks);
                stopping.ThrowIfCancellationRequested();
            }
    }

    /// <summary>Says what was done, and asks for more of the same campaign.</summary>
    /// <returns>Null if there is none.</returns>
    public Lease? Take(string campaign, WorkerSlot slot, int wants, Lease? done, string? refusal, Patience patience)
    {
        var assignment = patience.Try("ask for units",
            () => grains.GetGrain<ICampaignGrain>(campaign).TakeAsync(new WorkRequest(slot, version, wants, done, refusal)));
        if (assignment.Refusal is { } why && Note(campaign)) Log.Warn("Campaign {0} is not run here: {1}", campaign, why);
        return assignment.Lease;
    }

    private bool IsRefused(string campaign)
    {
        lock (noting) return refused.Contains(campaign);
    }

    private bool Note(string campaign)
    {
        lock (noting) return refused.Add(campaign);
    }
}
