using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using NLog.Extensions.Logging;
using Pcie.Control.Wire;
using Pcie.Emulator.Control;
using Pcie.Link;
using Pcie.Link.Codec;
using Pcie.Link.Grpc.Device;
using Pcie.Link.Grpc.Wire;
using Pcie.Telemetry;

namespace Pcie.Emulator.Hosting;

/// <summary>
/// The gRPC server of the emulator: HTTP/2 and nothing else, at one address, with the link and the control service.
/// </summary>
public sealed class LinkServer : IAsyncDisposable
{
    // Each may keep a window of frames waiting, so that memory is bounded by their number.
    private const int MaxConnections = 64, FewestConnections = 8;

    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan GoodbyeTimeout = TimeSpan.FromSeconds(0.5);

    private readonly WebApplication application;
    private readonly AttachService attach;
    private readonly CardControlService control;
    private readonly ConnectionLimit connections;

    private LinkServer(WebApplication application, AttachService attach, CardControlService control, ConnectionLimit connections, LinkUri address)
    {
        this.application = application;
        this.attach = attach;
        this.control = control;
        this.connections = connections;
        Address = address;
    }

    /// <summary>Where it listens, with the real port.</summary>
    public LinkUri Address { get; }

    /// <summary>Starts to listen.</summary>
    /// <exception cref="ListenRefusedException">It may not or cannot listen there.</exception>
    public static async Task<LinkServer> StartAsync(
        LinkServerOptions options, AttachService attach, ICardInspector inspector, CancellationToken cancellation)
    {
        options.Check();
        var address = await ResolveAsync(options.Listen, cancellation).ConfigureAwait(false);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddNLog();
        // Whoever starts the server says, once, what keeps it from starting.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", Microsoft.Extensions.Logging.LogLevel.None);
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = FrameCodec.MaxMessageSize);
        var control = new CardControlService(inspector);
        builder.Services.AddSingleton(control);
        WellKnownServices.Add(builder.Services, PcieLink.Descriptor, CardControl.Descriptor);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.CreateBoundListenSocket = endPoint =>
            endPoint is UnixDomainSocketEndPoint
                ? UnixSocketFile.Bind(options.Listen.Path)
                : SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint));
        builder.WebHost.UseKestrelCore();
        // Half of the file descriptors are left for all else; a connection that is being closed has one too.
        var affordable = FileDescriptors.Left() is { } left ? Math.Clamp(left / 4, FewestConnections, MaxConnections) : MaxConnections;
        var connections = new ConnectionLimit(affordable, attach.Counters);
        builder.Services.RemoveAll<IConnectionListenerFactory>();
        builder.Services.AddSingleton<IConnectionListenerFactory>(services => new BoundedListenerFactory(
            services.GetRequiredService<IOptions<SocketTransportOptions>>(), services.GetRequiredService<ILoggerFactory>(), connections));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            KestrelSetUp.SetLimits(kestrel, attach.Options.KeepAlive, options.Listen.Scheme == LinkScheme.Shm);
            KestrelSetUp.Listen(kestrel, options, address, connections, attach.Counters);
        });

        var application = builder.Build();
        application.MapGrpcService(attach.Definition);
        application.MapGrpcService<CardControlService>();
        WellKnownServices.Map(application);
        try
        {
            await application.StartAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await application.DisposeAsync().ConfigureAwait(false);
            if (e is IOException or SocketException)
                throw new ListenRefusedException($"Cannot listen on {options.Listen}: {e.Message}");
            throw;
        }
        return new LinkServer(application, attach, control, connections, RealAddress(application, options.Listen));
    }

    private static async Task<IPEndPoint?> ResolveAsync(LinkUri uri, CancellationToken cancellation)
    {
        if (uri.IsSocketFile) return null;
        if (uri.Host == "localhost") return new IPEndPoint(IPAddress.Loopback, uri.Port);
        // All addresses of the machine, 0.0.0.0 and ::, are no name that could be looked up.
        if (IPAddress.TryParse(uri.Host, out var given)) return new IPEndPoint(given, uri.Port);
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(uri.Host, cancellation).ConfigureAwait(false);
            return new IPEndPoint(addresses[0], uri.Port);
        }
        catch (SocketException e)
        {
            throw new ListenRefusedException($"Cannot listen on {uri}: '{uri.Host}' has no address ({e.Message}).");
        }
    }

    private static LinkUri RealAddress(WebApplication application, LinkUri asked)
    {
        if (asked.IsSocketFile) return asked;
        var bound = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return LinkUri.Parse(bound);
    }

    /// <summary>Ends the session there is, and stops to listen; takes two seconds at most.</summary>
    public async ValueTask DisposeAsync()
    {
        attach.Stop();
        // A call that goes on would keep the server from stopping.
        control.Dispose();
        // The host that had the card hears why.
        await connections.SessionsLeftAsync(GoodbyeTimeout).ConfigureAwait(false);
        await application.StopAsync().ConfigureAwait(false);
        await application.DisposeAsync().ConfigureAwait(false);
        connections.Dispose();
        if (Address.IsSocketFile) File.Delete(Address.Path);
    }
}
