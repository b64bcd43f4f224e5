using System.Diagnostics;
using Pcie.Workers.Grains.Messages;

namespace Pcie.Workers.Grains;

/// <inheritdoc cref="ICampaignGrain"/>
/// <remarks>
/// Only plan and cursor are stored. Who has which units is known while the grain lives; should its worker die, another one asks the blocks what is
/// done, and what is being run is run once more, which counts nothing twice.
/// </remarks>
[GrainType("campaign")]
internal sealed class CampaignGrain(
    [PersistentState("plan")] IPersistentState<CampaignPlanState> plan,
    [PersistentState("progress")] IPersistentState<CampaignProgressState> progress, ISiloStatusOracle silos) : Grain, ICampaignGrain
{
    private static readonly TimeSpan BetweenSaves = TimeSpan.FromSeconds(5);

    private readonly Dictionary<WorkerSlot, string> troubles = [];
    private Allotment units = new(new CampaignManifest("", "", 0, []), 0);
    private WorkerRoster workers = new();
    private long saved = Stopwatch.GetTimestamp();

    private bool IsOpen => plan.State.Manifest is not null && !progress.State.IsWithdrawn;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (plan.State.Manifest is { } manifest) units = new Allotment(manifest, progress.State.Cursor);
        return Task.CompletedTask;
    }

    public async Task SubmitAsync(CampaignManifest manifest)
    {
        if (plan.State.Manifest is null)
        {
            await plan.ReplaceAsync(new CampaignPlanState { Manifest = manifest }, this);
            units = new Allotment(manifest, progress.State.Cursor);
        }
        if (progress.State.IsWithdrawn) await progress.ReplaceAsync(new CampaignProgressState { Cursor = units.Finished }, this);
        if (!units.IsComplete) await OpenCampaigns.OpenAsync(this.GetPrimaryKeyString());
    }

    public async Task<Assignment> TakeAsync(WorkRequest request)
    {
        if (!IsOpen) return new Assignment(null, null);
        var slot = request.Slot;
        troubles.Remove(slot);
        workers.Hear(slot, units.GiveBack(slot, request.Done));
        if (request.Done is { IsTrial: true }) workers.Approve(slot);
        if ((request.Refusal ?? WhyAnother(request)) is { } refusal) workers.Refuse(slot, refusal);
        if (workers.RefusalOf(slot) is { } refused) return new Assignment(null, refused);
        foreach (var gone in workers.RemoveGone(silos)) units.GiveBack(gone);
        var lease = await NextAsync(slot, request.Wants);
        await SaveAsync();
        return new Assignment(lease, null);
    }

    public Task<ManifestRow?> RowAsync(int row) =>
        Task.FromResult(plan.State.Manifest is { } manifest && row < manifest.Rows.Count ? manifest.Rows[row] : null);

    public Task SayAsync(WorkerSlot slot, string? trouble)
    {
        if (trouble is null) troubles.Remove(slot);
        else troubles[slot] = trouble;
        return Task.CompletedTask;
    }

    public Task<CampaignStanding> StandingAsync() => Task.FromResult(new CampaignStanding(units.Units, units.Done, units.Finished, units.Blocks,
        workers.Standing(units.RunningOn), workers.Refusals, [.. troubles.Values.Distinct().Order(StringComparer.Ordinal)], !IsOpen));

    public async Task WithdrawAsync()
    {
        if (IsOpen) await progress.ReplaceAsync(new CampaignProgressState { Cursor = units.Finished, IsWithdrawn = true }, this);
        await OpenCampaigns.CloseAsync(this.GetPrimaryKeyString());
    }

    public async Task ForgetAsync()
    {
        await WithdrawAsync();
        await progress.ClearStateAsync();
        await plan.ClearStateAsync();
        this.DeactivateOnIdle();
    }

    public async Task RestartAsync()
    {
        if (plan.State.Manifest is not { } manifest) return;
        await progress.ReplaceAsync(new CampaignProgressState(), this);
        (units, workers) = (new Allotment(manifest, 0), new WorkerRoster());
        await OpenCampaigns.OpenAsync(this.GetPrimaryKeyString());
    }

    private IOpenCampaignsGrain OpenCampaigns => GrainFactory.GetGrain<IOpenCampaignsGrain>(0);

    private string? WhyAnother(WorkRequest request) => request.Version == plan.State.Manifest!.Version ? null
        : $"worker {request.Slot.Worker} is emu {request.Version}, and the campaign is of {plan.State.Manifest.Version}: it needs the same build";

    private async Task<Lease?> NextAsync(WorkerSlot slot, int wants)
    {
        // What the store has is what a worker can be tried on.
        if (units.IsUntouched) await LookAheadAsync();
        // A worker proves first, on a unit that another one has done, that it comes to the same.
        if (!workers.IsApproved(slot) && units.TrialFor(slot.Silo) is { } trial)
            return units.IsTrying(slot.Silo) ? null : units.Give(slot, trial);
        var since = Stopwatch.GetTimestamp();
        do
            if (units.Next(slot, wants) is { } lease) return lease;
        while (await LookAheadAsync() && Stopwatch.GetElapsedTime(since) < BetweenSaves);
        return null;
    }

    /// <summary>Opens the next blocks; of a campaign that was run before, all may be done.</summary>
    /// <returns>Whether there were any.</returns>
    private async Task<bool> LookAheadAsync()
    {
        var ahead = units.Ahead();
        var done = await Task.WhenAll(ahead.Select(block => GrainFactory.GetGrain<IBlockGrain>(block.Key).DoneAsync()));
        for (var i = 0; i < done.Length; i++) units.Open(ahead[i], done[i]);
        return ahead.Count > 0;
    }

    private async Task SaveAsync()
    {
        if (units.IsComplete) await OpenCampaigns.CloseAsync(this.GetPrimaryKeyString());
        var elapsed = Stopwatch.GetElapsedTime(saved) > BetweenSaves;
        if (units.Finished == progress.State.Cursor || !(elapsed || units.IsComplete)) return;
        saved = Stopwatch.GetTimestamp();
        await progress.ReplaceAsync(new CampaignProgressState { Cursor = units.Finished }, this);
    }
}

/// <summary>What is to be done.</summary>
[GenerateSerializer, Alias("campaign-plan-state")]
public sealed class CampaignPlanState
{
    [Id(0)]
    public CampaignManifest? Manifest { get; init; }
}

/// <summary>How far it is, so that not all blocks need be asked again.</summary>
[GenerateSerializer, Alias("campaign-progress-state")]
public sealed class CampaignProgressState
{
    /// <summary>Blocks from the first on that are done.</summary>
    [Id(0)]
    public int Cursor { get; init; }

    [Id(1)]
    public bool IsWithdrawn { get; init; }
}
