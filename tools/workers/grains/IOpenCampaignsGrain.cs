using Orleans.Concurrency;

namespace Pcie.Workers.Grains;

/// <summary>Which campaigns there is work in, in the order in which they came. There is one of it: 0.</summary>
[Alias("open-campaigns")]
public interface IOpenCampaignsGrain : IGrainWithIntegerKey
{
    [Alias("list"), ReadOnly]
    Task<IReadOnlyList<string>> ListAsync();

    [Alias("open")]
    Task OpenAsync(string campaign);

    [Alias("close")]
    Task CloseAsync(string campaign);
}
