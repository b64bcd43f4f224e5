namespace Pcie.Workers.Grains;

/// <inheritdoc cref="IOpenCampaignsGrain"/>
[GrainType("open-campaigns")]
internal sealed class OpenCampaignsGrain([PersistentState("campaigns")] IPersistentState<OpenCampaignsState> stored) : Grain, IOpenCampaignsGrain
{
    public Task<IReadOnlyList<string>> ListAsync() => Task.FromResult(stored.State.Campaigns);

    public Task OpenAsync(string campaign) =>
        stored.State.Campaigns.Contains(campaign) ? Task.CompletedTask : WriteAsync([.. stored.State.Campaigns, campaign]);

    public Task CloseAsync(string campaign) =>
        stored.State.Campaigns.Contains(campaign) ? WriteAsync([.. stored.State.Campaigns.Where(other => other != campaign)]) : Task.CompletedTask;

    private Task WriteAsync(IReadOnlyList<string> campaigns) => stored.ReplaceAsync(new OpenCampaignsState { Campaigns = campaigns }, this);
}

/// <summary>What is stored of them.</summary>
[GenerateSerializer, Alias("open-campaigns-state")]
public sealed class OpenCampaignsState
{
    [Id(0)]
    public IReadOnlyList<string> Campaigns { get; init; } = [];
}
