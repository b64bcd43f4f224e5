using Orleans.Concurrency;
using Pcie.Workers.Grains.Messages;

namespace Pcie.Workers.Grains;

/// <summary>A campaign on the cluster: what is to be done, and who does it. By <see cref="CampaignManifest.Id"/>.</summary>
[Alias("campaign")]
public interface ICampaignGrain : IGrainWithStringKey
{
    /// <summary>Has it run, unless it is, or is done.</summary>
    [Alias("submit")]
    Task SubmitAsync(CampaignManifest manifest);

    /// <summary>Gives a processor of a worker something to do. Said again, what it did is counted once.</summary>
    [Alias("take")]
    Task<Assignment> TakeAsync(WorkRequest request);

    /// <summary>What is run with every seed of a row; null if there is none such.</summary>
    [Alias("row"), AlwaysInterleave]
    Task<ManifestRow?> RowAsync(int row);

    /// <summary>A worker cannot go on, and goes on trying; null: it does again.</summary>
    [Alias("trouble"), AlwaysInterleave]
    Task SayAsync(WorkerSlot slot, string? trouble);

    [Alias("standing"), AlwaysInterleave]
    Task<CampaignStanding> StandingAsync();

    /// <summary>Takes it off the cluster; what is done stays.</summary>
    [Alias("withdraw")]
    Task WithdrawAsync();

    /// <summary>Takes it off the cluster, and removes it from the store; the blocks are for whoever asks to remove.</summary>
    [Alias("forget")]
    Task ForgetAsync();

    /// <summary>Looks at all blocks again, because the store has lost some.</summary>
    [Alias("restart")]
    Task RestartAsync();
}
