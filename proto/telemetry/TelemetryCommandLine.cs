using System.CommandLine;
using Pcie.Link.Grpc;

namespace Pcie.Telemetry;

/// <summary>The option by which a program is told to show what it counts.</summary>
public sealed class TelemetryCommandLine
{
    private readonly Option<string?> metrics = new("--metrics")
    {
        Description = "Show counters to Prometheus, as in http://127.0.0.1:9464 (0: any port), at /metrics; /ready says whether hosts can come. "
            + "Beyond loopback https:// with certificates. Without it, OTEL_EXPORTER_OTLP_ENDPOINT alone sends them.",
        HelpName = "URI",
    };

    /// <param name="command">Gets the option.</param>
    public TelemetryCommandLine(Command command) => command.Options.Add(metrics);

    /// <summary>Where to show them; null for nowhere.</summary>
    /// <param name="credentials">The program's own; null if it has none.</param>
    /// <exception cref="FormatException">It is no such address, or strangers could reach it.</exception>
    public Uri? Read(ParseResult parsed, TlsCredentials? credentials)
    {
        if (parsed.GetValue(metrics) is not { } text) return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.PathAndQuery != "/")
            throw new FormatException($"--metrics {text}: expected an address such as http://127.0.0.1:9464.");
        if (uri.Scheme == Uri.UriSchemeHttp && !uri.IsLoopback)
            throw new FormatException($"--metrics {text} can be reached from other machines, and http neither encrypts nor asks who reads. Listen "
                + "on 127.0.0.1, or on https:// with certificates; or set OTEL_EXPORTER_OTLP_ENDPOINT.");
        if (uri.Scheme == Uri.UriSchemeHttps && (credentials is null || !TlsCredentials.IsFor(credentials.Certificate, TlsCredentials.ForServers)))
            throw new FormatException($"--metrics {text} needs the certificate, key and authority of this program (PEM files), the certificate one "
                + "for servers too: who reads is known by a certificate of that authority.");
        return uri;
    }
}
