[assembly: AssemblyFixture(typeof(Pcie.Ui.Tests.CardPage))]

namespace Pcie.Ui.Tests;

/// <summary>A card and its page, for all tests that do not end them.</summary>
public sealed class CardPage : IAsyncLifetime
{
    private ServedPage? page;

    public ServedCard Card { get; } = new();

    public string Address => page!.Address;

    public async ValueTask InitializeAsync()
    {
        await Card.InitializeAsync();
        page = await ServedPage.StartAsync(Card.Uri);
    }

    public async ValueTask DisposeAsync()
    {
        if (page is not null) await page.DisposeAsync();
        await Card.DisposeAsync();
    }
}
