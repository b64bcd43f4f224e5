using System.CommandLine;

namespace Pcie.Telemetry;

/// <summary>The option by which a program is told to show what it counts.</summary>
public sealed class TelemetryCommandLine
{
    private readonly Option<string?> metrics = new("--metrics")
    {
        Description = "Show counters to Prometheus, as in http://127.0.0.1:9464 (0: any port), at /metrics; /ready says whether hosts can come. "
            + "Without it, OTEL_EXPORTER_OTLP_ENDPOINT alone sends them.",
        HelpName = "URI",
    };

    /// <param name="command">Gets the option.</param>
    public TelemetryCommandLine(Command command) => command.Options.Add(metrics);

    /// <summary>Where to show them; null for nowhere.</summary>
    /// <exception cref="FormatException">It is no such address, or others could reach it.</exception>
    public Uri? Read(ParseResult parsed)
    {
        if (parsed.GetValue(metrics) is not { } text) return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp || uri.PathAndQuery != "/")
            throw new FormatException($"--metrics {text}: expected an address such as http://127.0.0.1:9464.");
        return uri.IsLoopback ? uri
            : throw new FormatException($"--metrics {text} can be reached from other machines, and http neither encrypts nor asks who reads. Listen "
                + "on 127.0.0.1, and have what collects there (an OpenTelemetry collector, Prometheus' agent) send it on; or set "
                + "OTEL_EXPORTER_OTLP_ENDPOINT.");
    }
}
