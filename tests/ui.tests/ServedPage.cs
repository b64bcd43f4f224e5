using Pcie.Link;
using Pcie.Ui.Guarding;
using Pcie.Ui.Watching;

namespace Pcie.Ui.Tests;

/// <summary>What <c>emu ui</c> serves, in this process.</summary>
public sealed class ServedPage : IAsyncDisposable
{
    private readonly UiTargets targets;
    private readonly UiServer server;

    private ServedPage(UiTargets targets, UiServer server) => (this.targets, this.server) = (targets, server);

    /// <summary>Where the page is.</summary>
    public string Address => $"{server.Address}/";

    /// <summary>At any port.</summary>
    public static UiOptions OnLoopback { get; } = new(LinkUri.Parse("http://127.0.0.1:0"));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static Task<ServedPage> StartAsync(params string[] uris) => StartAsync(OnLoopback, uris);

    public static async Task<ServedPage> StartAsync(UiOptions options, params string[] uris) =>
        await StartAsync(options, await UiTargets.OpenAsync(uris.Select(LinkUri.Parse), null, Cancelled));

    /// <param name="targets">That need not be there yet.</param>
    public static async Task<ServedPage> StartAsync(UiOptions options, UiTargets targets) =>
        new(targets, await UiServer.StartAsync(options, targets, Cancelled));

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        await targets.DisposeAsync();
    }
}
