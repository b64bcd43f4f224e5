using System.Security.Cryptography.X509Certificates;

namespace Pcie.Link.Grpc;

/// <summary>Who a side is and whom it trusts. The link is attached by certificate, both ways: there are no passwords.</summary>
/// <param name="Certificate">Its own, with the private key.</param>
/// <param name="Authority">What the other side's certificate must lead to.</param>
public sealed record TlsCredentials(X509Certificate2 Certificate, X509Certificate2Collection Authority)
{
    /// <summary>Reads them from PEM files.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A file holds no certificate or no key to
    /// it.</exception>
    public static TlsCredentials FromPem(string certificate, string key, string authority)
    {
        var trusted = new X509Certificate2Collection();
        trusted.ImportFromPemFile(authority);
        return new TlsCredentials(X509Certificate2.CreateFromPemFile(certificate, key), trusted);
    }

    /// <summary>How a chain to the authority is checked; the machine's own authorities do not count.</summary>
    public X509ChainPolicy ChainPolicy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(Authority);
        return policy;
    }

    /// <summary>Whether a certificate leads to the authority.</summary>
    public bool Trusts(X509Certificate2 certificate)
    {
        using var chain = new X509Chain { ChainPolicy = ChainPolicy() };
        return chain.Build(certificate);
    }
}
