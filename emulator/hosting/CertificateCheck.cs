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

    /// <summary>Looks at a host's certificate, and logs what is wrong with it.</summary>
    public bool IsTrusted(ConnectionContext connection, X509Certificate? certificate, X509Chain? chain)
    {
        var why = credentials.WhyNotTrusted(certificate as X509Certificate2, chain?.ChainPolicy.ExtraStore, TlsCredentials.ForClients);
        connection.Items[Outcome] = true;
        if (why is not null) Refuse(connection, why);
        return why is null;
    }

    /// <summary>Serves a connection, as Kestrel's middleware, in front of TLS.</summary>
    public async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        await next(connection).ConfigureAwait(false);
        if (!connection.Items.ContainsKey(Outcome)) Refuse(connection, "it spoke no TLS 1.2 or later: expected https://");
    }

    private void Refuse(ConnectionContext connection, string why) =>
        Log.Repeatedly(LogLevel.Warn, counters.Count(AttachOutcome.RefusedCertificate),
            $"Refused a connection from {connection.RemoteEndPoint}: {why}");
}
