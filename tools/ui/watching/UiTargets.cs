using Grpc.Core;
using Pcie.Control.Wire;
using Pcie.Link;
using Pcie.Link.Grpc;
using Pcie.Link.Grpc.Host;

namespace Pcie.Ui.Watching;

/// <summary>What the page is of: cards, a driver, or both.</summary>
public sealed class UiTargets : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private UiTargets(IReadOnlyList<CardWatcher> cards, DriverWatcher? driver) => (Cards, Driver) = (cards, driver);

    public IReadOnlyList<CardWatcher> Cards { get; }

    public DriverWatcher? Driver { get; }

    /// <summary>The cards that there are to be looked at, one at a time; at least one.</summary>
    public IReadOnlyList<ShownCard> Shown => ShownCard.Pair(Cards, Driver is null ? []
        : Driver.Description is { Cards.Count: > 0 } said ? [.. said.Cards.Select(card => (card.Name, card.Uri))] : [("card", "")]);

    /// <summary>Any of them says something, or says nothing more. From any thread.</summary>
    public event Action Changed
    {
        add
        {
            foreach (var card in Cards) card.Changed += value;
            if (Driver is not null) Driver.Changed += value;
        }
        remove
        {
            foreach (var card in Cards) card.Changed -= value;
            if (Driver is not null) Driver.Changed -= value;
        }
    }

    /// <summary>Finds out what each is, and begins to follow them.</summary>
    /// <exception cref="FormatException">There are two drivers.</exception>
    /// <exception cref="RpcException">One does not answer, or is neither.</exception>
    public static async Task<UiTargets> OpenAsync(IEnumerable<LinkUri> uris, TlsCredentials? credentials, CancellationToken cancellation)
    {
        var cards = new List<LinkUri>();
        LinkUri? driver = null;
        foreach (var uri in uris)
            if (await IsCardAsync(uri, credentials, cancellation)) cards.Add(uri);
            else if (driver is null) driver = uri;
            else throw new FormatException($"{driver} and {uri} are both drivers; a page is of one driver and its cards.");
        return Follow(cards, driver, credentials);
    }

    /// <summary>Follows cards, a driver, or both, from when they are there.</summary>
    public static UiTargets Follow(IEnumerable<LinkUri> cards, LinkUri? driver, TlsCredentials? credentials = null)
    {
        var targets = new UiTargets([.. cards.Select(card => new CardWatcher(card, credentials))],
            driver is null ? null : new DriverWatcher(driver, credentials));
        foreach (var card in targets.Cards) card.Start();
        targets.Driver?.Start();
        return targets;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var card in Cards) await card.DisposeAsync();
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
