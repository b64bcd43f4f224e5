using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Pcie.Link.Grpc;

/// <summary>TLS of a server that knows its clients by the certificates of its authority.</summary>
public static class ServerTls
{
    /// <param name="asks">Whether clients have to show one; if not, something else lets them in.</param>
    public static HttpsConnectionAdapterOptions Of(TlsCredentials credentials, bool asks = true) => new()
    {
        ServerCertificate = credentials.Certificate,
        ServerCertificateChain = credentials.Chain,
        ClientCertificateMode = asks ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.NoCertificate,
        ClientCertificateValidation = (certificate, chain, _) =>
            credentials.WhyNotTrusted(certificate, chain?.ChainPolicy.ExtraStore, TlsCredentials.ForClients) is null,
    };
}
