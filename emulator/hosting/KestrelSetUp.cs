using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Pcie.Link;
using Pcie.Link.Grpc.Device;

namespace Pcie.Emulator.Hosting;

/// <summary>How Kestrel serves the link: HTTP/2 alone, the limits of a connection, and what stands in front of HTTP/2.</summary>
internal static class KestrelSetUp
{
    // Frames of a megabyte come at line rate; smaller windows and buffers would make them wait for round trips.
    private const int WindowSize = 16 << 20;
    private const int ResponseBufferSize = 1 << 20;

    // Each may keep a window of frames waiting. A call of the control service is short.
    private const int MaxStreams = 32;

    private static readonly TimeSpan MinPingDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BlockedTimeout = TimeSpan.FromSeconds(4);

    // Hosts that share memory leave their calls silent, and are not to be woken by pings as often as they say that they are there.
    private const int QuietFactor = 5;

    /// <param name="keepAlive">A host that says nothing for so long is asked by HTTP/2 pings; where memory is shared, for five times as long.</param>
    /// <param name="sharesMemory">Whether hosts may be those that share memory.</param>
    public static void SetLimits(KestrelServerOptions kestrel, TimeSpan keepAlive, bool sharesMemory)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        limits.MaxRequestBodySize = null;
        limits.MaxResponseBufferSize = ResponseBufferSize;
        // A stream may be quiet for hours; whether the host is still there is found out by pings.
        limits.MinRequestBodyDataRate = null;
        // A host that stops reading blocks the pings behind unsent data. The minimum response rate ends it; the rate is unreachable on purpose, so
        // that only its grace period counts.
        limits.MinResponseDataRate = new MinDataRate(1e15, keepAlive + BlockedTimeout);
        limits.Http2.InitialConnectionWindowSize = WindowSize;
        limits.Http2.InitialStreamWindowSize = WindowSize;
        limits.Http2.MaxStreamsPerConnection = MaxStreams;
        var delay = keepAlive > MinPingDelay ? keepAlive : MinPingDelay;
        limits.Http2.KeepAlivePingDelay = sharesMemory ? QuietFactor * delay : delay;
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(1);
    }

    /// <param name="address">Where to listen; null for the UNIX socket that the options name.</param>
    public static void Listen(KestrelServerOptions kestrel, LinkServerOptions options, IPEndPoint? address, ConnectionLimit connections,
        AttachCounters counters)
    {
        if (address is null) kestrel.ListenUnixSocket(options.Listen.Path, Serve);
        else kestrel.Listen(address, Serve);

        void Serve(ListenOptions listen)
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.Use(next => connection => connections.ServeAsync(connection, next));
            listen.Use(next => connection => next(CarrierReader.ListenTo(connection)));
            if (options is not { Listen.Scheme: LinkScheme.Https, Credentials: { } credentials }) return;
            var check = new CertificateCheck(credentials, counters);
            listen.Use(next => connection => check.ServeAsync(connection, next));
            listen.UseHttps(new HttpsConnectionAdapterOptions
            {
                ServerCertificate = credentials.Certificate,
                ServerCertificateChain = credentials.Chain,
                ClientCertificateMode = ClientCertificateMode.RequireCertificate,
                ClientCertificateValidation = (certificate, chain, _) => check.IsTrusted(certificate, chain),
            });
        }
    }
}
