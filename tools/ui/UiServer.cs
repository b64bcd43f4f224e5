using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NLog.Extensions.Logging;
using Pcie.Link;
using Pcie.Link.Grpc;
using Pcie.Ui.Guarding;
using Pcie.Ui.Pages;
using Pcie.Ui.Watching;

namespace Pcie.Ui;

/// <summary>Serves the page. All that a browser asks for is in this assembly; nobody else is asked for anything.</summary>
public sealed class UiServer : IAsyncDisposable
{
    private const int MaxConnections = 256;

    private readonly WebApplication application;

    private UiServer(WebApplication application, LinkUri address) => (this.application, Address) = (application, address);

    /// <summary>Where the page is, with the real port.</summary>
    public LinkUri Address { get; }

    /// <summary>Starts to listen.</summary>
    /// <exception cref="FormatException">Strangers could reach it.</exception>
    /// <exception cref="IOException">It cannot listen there.</exception>
    public static async Task<UiServer> StartAsync(UiOptions options, UiTargets targets, CancellationToken cancellation)
    {
        options.Check();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = typeof(UiServer).Assembly.GetName().Name });
        builder.Logging.AddNLog();
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(targets);
        builder.Services.AddSingleton<Viewers>();
        builder.Services.AddRazorComponents().AddInteractiveServerComponents(circuits =>
        {
            circuits.DisconnectedCircuitMaxRetained = Viewers.Most;
            circuits.DisconnectedCircuitRetentionPeriod = TimeSpan.FromSeconds(30);
        });
        // Keys that last as long as the program does: nothing is left behind, and nobody who begins with the host makes others.
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder.Services.Remove(builder.Services.Single(service => service.ImplementationType?.Name == "DataProtectionHostedService"));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = kestrel.Limits.MaxConcurrentUpgradedConnections = MaxConnections;
            kestrel.Limits.MaxRequestBodySize = 1 << 16;
            kestrel.Listen(AddressOf(options.Listen), listen =>
            {
                if (options is { Listen.Scheme: LinkScheme.Https, Credentials: { } credentials })
                    listen.UseHttps(ServerTls.Of(credentials, asks: options.Token is null));
            });
        });
        var application = builder.Build();
        application.Use(next => context => new RequestGuard(options).ServeAsync(context, next));
        application.UseRouting();
        application.UseAntiforgery();
        Assets.Map(application);
        application.MapRazorComponents<App>().AddInteractiveServerRenderMode(mode => mode.ContentSecurityFrameAncestorsPolicy = null);
        try
        {
            await application.StartAsync(cancellation);
        }
        catch (Exception e)
        {
            await application.DisposeAsync();
            if (e is IOException or SocketException) throw new IOException($"Cannot serve the page at {options.Listen}: {e.Message}", e);
            throw;
        }
        var bound = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new UiServer(application, options.Listen with { Port = LinkUri.Parse(bound).Port });
    }

    public async ValueTask DisposeAsync()
    {
        await application.StopAsync();
        await application.DisposeAsync();
    }

    private static IPEndPoint AddressOf(LinkUri uri) => new(uri.Host == "localhost" ? IPAddress.Loopback
        : IPAddress.TryParse(uri.Host, out var given) ? given : Dns.GetHostAddresses(uri.Host)[0], uri.Port);
}
