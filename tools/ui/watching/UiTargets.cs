using Grpc.Core;
using Pcie.Control.Wire;
using Pcie.Link;
using Pcie.Link.Grpc;
using Pcie.Link.Grpc.Host;

namespace Pcie.Ui.Watching;

/// <summary>What the page is of: a card, a driver, or both.</summary>
public sealed class UiTargets : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private UiTargets(CardWatcher? card, DriverWatcher? driver) => (Card, Driver) = (card, driver);

    public CardWatcher? Card { get; }

    public DriverWatcher? Driver { get; }

    /// <summary>Finds out what each is, and begins to follow them.</summary>
    /// <exception cref="FormatException">Two are of a kind.</exception>
    /// <exception cref="RpcException">One does not answer, or is neither.</exception>
    public static async Task<UiTargets> OpenAsync(IEnumerable<LinkUri> uris, TlsCredentials? credentials, CancellationToken cancellation)
    {
        LinkUri? card = null, driver = null;
        foreach (var uri in uris)
        {
            var isCard = await IsCardAsync(uri, credentials, cancellation);
            ref var place = ref isCard ? ref card : ref driver;
            if (place is not null)
                throw new FormatException(
                    $"{place} and {uri} are both {(isCard ? "cards" : "drivers")}; a page is of one card, one driver, or one of each.");
            place = uri;
        }
        return Follow(card, driver, credentials);
    }

    /// <summary>Follows a card, a driver, or both, from when they are there.</summary>
    public static UiTargets Follow(LinkUri? card, LinkUri? driver, TlsCredentials? credentials = null)
    {
        var targets = new UiTargets(card is null ? null : new CardWatcher(card, credentials),
            driver is null ? null : new DriverWatcher(driver, credentials));
        targets.Card?.Start();
        targets.Driver?.Start();
        return targets;
    }

    public async ValueTask DisposeAsync()
    {
        if (Card is not null) await Card.DisposeAsync();
        if (Driver is not null) await Driver.DisposeAsync();
    }

    private static async Task<bool> IsCardAsync(LinkUri uri, TlsCredentials? credentials, CancellationToken cancellation)
    {
        using var channel = HostConnector.OpenChannel(uri, TimeSpan.FromSeconds(1), credentials);
        try
        {
            await new CardControl.CardControlClient(channel).DescribeAsync(new DescribeRequest(), null, DateTime.UtcNow + Patience, cancellation);
            return true;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unimplemented)
        {
            await new DriverControl.DriverControlClient(channel)
                .DescribeAsync(new DescribeDriverRequest(), null, DateTime.UtcNow + Patience, cancellation);
            return false;
        }
    }
}
