using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using NLog;
using Pcie.Link.Grpc;
using Pcie.Link.Grpc.Device;
using Pcie.Logging;

namespace Pcie.Emulator.Hosting;

/// <summary>
/// Says why a connection came to nothing: a host that is refused in the TLS handshake learns no more than that the connection ended.
/// </summary>
internal sealed class CertificateCheck(TlsCredentials credentials, AttachCounters counters)
{
    private static readonly Logger Log = LogManager.GetLogger("Pcie.Link.Attach");
    private static readonly object Outcome = new();

    // Kestrel does not tell the check whose certificate it is.
    private readonly AsyncLocal<ConnectionContext?> served = new();

    /// <summary>Looks at a host's certificate, and logs what is wrong with it.</summary>
    public bool IsTrusted(X509Certificate2 certificate, X509Chain? chain)
    {
        var why = credentials.WhyNotTrusted(certificate, chain?.ChainPolicy.ExtraStore, TlsCredentials.ForClients);
        if (served.Value is not { } connection) return why is null;
        connection.Items[Outcome] = true;
        if (why is not null) Refuse(connection, why);
        return why is null;
    }

    /// <summary>Serves a connection, as Kestrel's middleware, in front of TLS.</summary>
    public async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        served.Value = connection;
        await next(connection).ConfigureAwait(false);
        if (!connection.Items.ContainsKey(Outcome)) Refuse(connection, "it spoke no TLS 1.2 or later, or showed no certificate: expected https://");
    }

    private void Refuse(ConnectionContext connection, string why) =>
        Log.Repeatedly(LogLevel.Warn, counters.Count(AttachOutcome.RefusedCertificate),
            $"Refused a connection from {connection.RemoteEndPoint}: {why}");
}
