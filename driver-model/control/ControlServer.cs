using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Pcie.Control.Wire;
using Pcie.Link;
using Pcie.Link.Grpc;
using Pcie.Telemetry;

namespace Pcie.DriverModel.Control;

/// <summary>Serves the control service of a run: gRPC, with health and reflection, and nothing else.</summary>
internal sealed class ControlServer : IAsyncDisposable
{
    private const int MaxConnections = 64;

    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(1);

    private readonly WebApplication application;
    private readonly DriverControlService service;

    private ControlServer(WebApplication application, DriverControlService service, LinkUri address) =>
        (this.application, this.service, Address) = (application, service, address);

    /// <summary>Where it listens, with the real port.</summary>
    public LinkUri Address { get; }

    /// <summary>Starts to listen.</summary>
    /// <param name="listen">http on loopback, or https.</param>
    /// <param name="credentials">https: the server's certificate, and the authority of its clients'.</param>
    /// <exception cref="FormatException">Strangers could reach it.</exception>
    /// <exception cref="IOException">It cannot listen there.</exception>
    public static async Task<ControlServer> StartAsync(LinkUri listen, TlsCredentials? credentials, WatchedRun run, CancellationToken cancellation)
    {
        Check(listen, credentials);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var service = new DriverControlService(run);
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(service);
        WellKnownServices.Add(builder.Services, DriverControl.Descriptor);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Listen(AddressOf(listen), options =>
            {
                options.Protocols = HttpProtocols.Http2;
                if (credentials is not null && listen.Scheme == LinkScheme.Https) options.UseHttps(ServerTls.Of(credentials));
            });
        });
        var application = builder.Build();
        application.MapGrpcService<DriverControlService>();
        WellKnownServices.Map(application);
        try
        {
            await application.StartAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await application.DisposeAsync().ConfigureAwait(false);
            if (e is IOException or SocketException) throw new IOException($"--control {listen}: cannot listen there: {e.Message}", e);
            throw;
        }
        var bound = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new ControlServer(application, service, listen with { Port = LinkUri.Parse(bound).Port });
    }

    /// <summary>Who follows gets a last snapshot; takes a second at most.</summary>
    public async ValueTask DisposeAsync()
    {
        service.Dispose();
        await application.StopAsync().ConfigureAwait(false);
        await application.DisposeAsync().ConfigureAwait(false);
    }

    private static void Check(LinkUri listen, TlsCredentials? credentials)
    {
        if (listen.Scheme is not (LinkScheme.Http or LinkScheme.Https))
            throw new FormatException($"--control {listen}: expected http://127.0.0.1:port or https://address:port.");
        if (listen is { Scheme: LinkScheme.Http, IsLoopback: false })
            throw new FormatException($"--control {listen} can be reached from other machines, and http neither encrypts nor asks who looks. Listen "
                + "on 127.0.0.1, or on https:// with --certificate, --certificate-key and --server-ca.");
        if (listen.Scheme == LinkScheme.Https && (credentials is null || !TlsCredentials.IsFor(credentials.Certificate, TlsCredentials.ForServers)))
            throw new FormatException($"--control {listen} needs --certificate, --certificate-key and --server-ca (PEM files), the certificate one "
                + "for servers too: who looks is known by a certificate of that authority.");
    }

    private static IPEndPoint AddressOf(LinkUri uri) => new(uri.Host == "localhost" ? IPAddress.Loopback
        : IPAddress.TryParse(uri.Host, out var given) ? given : Dns.GetHostAddresses(uri.Host)[0], uri.Port);
}
