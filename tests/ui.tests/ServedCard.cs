using Pcie.Control;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Run;
using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Hosting;
using Pcie.Link;
using Pcie.Link.Grpc.Device;
using Pcie.Link.Grpc.Host;
using Pcie.Scenario;

namespace Pcie.Ui.Tests;

/// <summary>The data-acquisition card behind a server, in this process, and a driver for it when a test wants one.</summary>
public sealed class ServedCard : IAsyncLifetime
{
    private readonly CardHost card;
    private readonly LinkUri listen;
    private LinkServer? server;

    /// <param name="scenario">Which card it is; null for one that has twenty chunks a second.</param>
    /// <param name="number">Which of the scenario's, from 1.</param>
    public ServedCard(ScenarioFile? scenario = null, string listen = "http://127.0.0.1:0", int number = 1)
    {
        scenario ??= ScenarioFile.Parse("[card.source]\nkind = \"counter\"\nchunk = \"4 KiB\"\nperiod = \"50ms\"", "card");
        var run = RunScenario.Read(scenario);
        (card, this.listen) = (new CardHost(CardKinds.DesignOf(scenario, run, number: number), run.CompletionTimeout), LinkUri.Parse(listen));
    }

    /// <summary>Where it listens.</summary>
    public string Uri => $"{server!.Address}";

    public async ValueTask InitializeAsync() => server = await LinkServer.StartAsync(new LinkServerOptions(listen),
        new AttachService(card, new AttachOptions()), card, TestContext.Current.CancellationToken);

    /// <summary>Has a driver attach, and runs it.</summary>
    /// <param name="scenario">Its text.</param>
    public async Task<RunReport> DriveAsync(string scenario, string duration, CancellationToken cancellation)
    {
        var host = HostScenario.Read(ScenarioFile.Parse(scenario, "scenario")).With(null, duration);
        using var link = await HostConnector.ConnectAsync(
            server!.Address, new ConnectOptions("test", host.Run.Pacing, host.Run.LinkLatency), cancellation);
        // The engine has a thread of its own.
        return await Task.Factory.StartNew(() => new HostRun(host, link, null).Execute("served",
            () => CardControlClient.TryGetStatistics(server.Address, null), cancellation), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    public async ValueTask DisposeAsync()
    {
        await server!.DisposeAsync();
        card.Dispose();
    }
}
