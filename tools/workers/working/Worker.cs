using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NLog.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Dashboard;
using Pcie.Campaign.Units;
using Pcie.Workers.Cluster;
using Pcie.Workers.Grains.Messages;
using Pcie.Workers.Store;

namespace Pcie.Workers.Working;

/// <summary>A worker of a cluster, in this process.</summary>
public sealed class Worker : IAsyncDisposable
{
    // Below that no two clocks agree.
    private static readonly TimeSpan Noticeable = TimeSpan.FromSeconds(5);

    private static readonly NLog.Logger Log = NLog.LogManager.GetLogger("Pcie.Workers");

    private readonly IHost host;
    private readonly CancellationTokenSource stopping = new();
    private readonly ContentCache contents;
    private readonly IReadOnlyList<UnitThread> threads;

    private Worker(IHost host, WorkerOptions options, IUnitRunner runner)
    {
        this.host = host;
        var grains = host.Services.GetRequiredService<IGrainFactory>();
        var silo = host.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress;
        Left = ((LeavingHandler)host.Services.GetRequiredService<IFatalErrorHandler>()).Left;
        contents = new ContentCache(grains, runner.Version);
        var source = new WorkSource(grains, runner.Version);
        threads = [.. Enumerable.Range(0, options.Processors).Select(processor =>
            new UnitThread(grains, runner, source, contents, new WorkerSlot(options.Name, silo, processor), stopping.Token))];
    }

    /// <summary>Why it is no longer of the cluster, should that happen: then its process is to end.</summary>
    public Task<string> Left { get; }

    /// <summary>Joins the cluster, and takes units from now on.</summary>
    /// <exception cref="FormatException">Strangers could reach it.</exception>
    /// <exception cref="IOException">The store does not answer, or nobody else does; or it cannot listen.</exception>
    public static async Task<Worker> StartAsync(IClusterStore store, WorkerOptions options, IUnitRunner runner, CancellationToken cancellation)
    {
        options.Check();
        var ahead = await store.ReadClockAsync(cancellation) - DateTimeOffset.UtcNow;
        if (ahead.Duration() > Noticeable)
            Log.Warn("This machine's clock and that of {0} differ by {1:0} s; worker {2} goes by the store's", store.Name,
                ahead.Duration().TotalSeconds, options.Name);
        var host = Build(store, options, new StoreClock(ahead));
        try
        {
            await host.StartAsync(cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            host.Dispose();
            throw new IOException($"Worker {options.Name} cannot join the cluster at {store.Name}: {e.GetBaseException().Message}", e);
        }
        return new Worker(host, options, runner);
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        foreach (var thread in threads) thread.Join();
        await host.StopAsync();
        host.Dispose();
        contents.Dispose();
        stopping.Dispose();
    }

    private static IHost Build(IClusterStore store, WorkerOptions options, TimeProvider clock)
    {
        if (options.Dashboard is not { } dashboard)
        {
            var plain = Host.CreateEmptyApplicationBuilder(null);
            Configure(plain, store, options, clock);
            return plain.Build();
        }
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        Configure(builder, store, options, clock);
        builder.Services.AddRoutingCore();
        // A name of somebody else's can be made to lead here.
        builder.Services.Configure<HostFilteringOptions>(hosts => hosts.AllowedHosts = ["localhost", "127.0.0.1", "[::1]"]);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(dashboard.Host == "localhost" ? IPAddress.Loopback
            : IPAddress.Parse(dashboard.Host), dashboard.Port));
        var application = builder.Build();
        application.UseHostFiltering();
        application.UseRouting();
        application.MapOrleansDashboard();
        return application;
    }

    private static void Configure(IHostApplicationBuilder builder, IClusterStore store, WorkerOptions options, TimeProvider clock)
    {
        builder.Logging.AddNLog();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));
        builder.Services.AddSingleton<IFatalErrorHandler>(new LeavingHandler());
        builder.UseOrleans(silo =>
        {
            store.Use(silo);
            ClusterSettings.Apply(silo, options.Credentials, clock);
            silo.Configure<SiloOptions>(named => named.SiloName = options.Name);
            silo.Configure<EndpointOptions>(ends =>
            {
                ends.AdvertisedIPAddress = options.Listen;
                (ends.SiloPort, ends.GatewayPort) = options.Port == 0 ? (FreePort(), FreePort()) : (options.Port, options.Port + 1);
                ends.SiloListeningEndpoint = new IPEndPoint(options.Listen, ends.SiloPort);
                ends.GatewayListeningEndpoint = new IPEndPoint(options.Listen, ends.GatewayPort);
            });
            if (options.Dashboard is not null) silo.AddDashboard();
        });

        int FreePort()
        {
            using var probe = new TcpListener(options.Listen, 0);
            probe.Start();
            return ((IPEndPoint)probe.LocalEndpoint).Port;
        }
    }

    /// <summary>The others took this worker for dead, as they do with one that was suspended; what it runs is run by them.</summary>
    private sealed class LeavingHandler : IFatalErrorHandler
    {
        private readonly TaskCompletionSource<string> left = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Left => left.Task;

        public bool IsUnexpected(Exception exception) => true;

        public void OnFatalException(object? sender, string? context, Exception? exception) =>
            left.TrySetResult(exception?.GetBaseException().Message ?? context ?? "for a reason that is not known");
    }
}
