using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Pcie.Link.Grpc;

namespace Pcie.Telemetry;

/// <summary>
/// Shows a program's meters and activities to who operates it: metrics by Prometheus' text format at an address, and metrics and traces by OTLP where
/// the environment says (OTEL_EXPORTER_OTLP_ENDPOINT and its like, as OpenTelemetry specifies them). Without an address nothing listens.
/// </summary>
public sealed class TelemetryServer : IAsyncDisposable
{
    /// <summary>What our meters and activity sources begin with.</summary>
    public const string Names = "Pcie.*";

    // Of a program that is asked by who should not.
    private const int MaxConnections = 32;
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private readonly IHost host;
    private volatile bool isReady;

    private TelemetryServer(IHost host) => this.host = host;

    /// <summary>Where it listens, with the real port; null if it only sends.</summary>
    public Uri? Address =>
        host.Services.GetService<IServer>()?.Features.Get<IServerAddressesFeature>() is { } bound ? new Uri(bound.Addresses.First()) : null;

    private static bool Sends => Environment.GetEnvironmentVariable(Endpoint) is { Length: > 0 };

    /// <summary>Starts to listen and to send.</summary>
    /// <param name="listen">http on loopback, or https; null if nothing is to be shown.</param>
    /// <param name="credentials">https: the server's certificate, and the authority of its clients'.</param>
    /// <param name="program">What it is called elsewhere, unless OTEL_SERVICE_NAME says otherwise.</param>
    /// <returns>Null if there is nobody to show anything to.</returns>
    /// <exception cref="IOException">It cannot listen there.</exception>
    public static async Task<TelemetryServer?> StartAsync(Uri? listen, TlsCredentials? credentials, string program, CancellationToken cancellation)
    {
        if (listen is null && !Sends) return null;
        TelemetryServer? server = null;
        var host = listen is null ? Sending(program) : Listening(listen, credentials, program, () => server is { isReady: true });
        try
        {
            await host.StartAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            host.Dispose();
            if (e is IOException or SocketException) throw new IOException($"--metrics {listen}: cannot listen there: {e.Message}", e);
            throw;
        }
        return server = new TelemetryServer(host);
    }

    /// <summary>The program does from now on what it is there for.</summary>
    public void SayReady() => isReady = true;

    /// <summary>Sends what is left.</summary>
    public async ValueTask DisposeAsync()
    {
        await host.StopAsync().ConfigureAwait(false);
        host.Dispose();
    }

    private static IHost Sending(string program)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        Add(builder.Services, program);
        return builder.Build();
    }

    private static WebApplication Listening(Uri listen, TlsCredentials? credentials, string program, Func<bool> isReady)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        Add(builder.Services, program).WithMetrics(metrics => metrics.AddPrometheusExporter());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            var address = IPAddress.TryParse(listen.Host.Trim('[', ']'), out var given) ? given
                : listen.IsLoopback ? IPAddress.Loopback : Dns.GetHostAddresses(listen.Host)[0];
            kestrel.Listen(address, listen.Port, options =>
            {
                if (credentials is not null && listen.Scheme == Uri.UriSchemeHttps) options.UseHttps(ServerTls.Of(credentials));
            });
        });
        var application = builder.Build();
        application.MapPrometheusScrapingEndpoint();
        application.MapGet("/ready", context =>
        {
            context.Response.StatusCode = isReady() ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            return Task.CompletedTask;
        });
        return application;
    }

    private static OpenTelemetry.OpenTelemetryBuilder Add(IServiceCollection services, string program) => services.AddOpenTelemetry()
        .ConfigureResource(resource => resource
            .AddService(program, serviceVersion: typeof(TelemetryServer).Assembly.GetName().Version?.ToString(3))
            .AddEnvironmentVariableDetector())
        .WithMetrics(metrics =>
        {
            metrics.AddMeter(Names);
            if (Sends) metrics.AddOtlpExporter();
        })
        .WithTracing(traces =>
        {
            traces.AddSource(Names);
            if (Sends) traces.AddOtlpExporter();
        });
}
