using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Pcie.Link.Grpc;

namespace Pcie.Bench.Links;

/// <summary>A certificate of this machine for both sides, for as long as the process runs.</summary>
internal static class Certificates
{
    public static TlsCredentials Create()
    {
        var (from, to) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new CertificateRequest("CN=bench authority", authorityKey, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        authority.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(authority.PublicKey, false));
        var signer = authority.CreateSelfSigned(from, to);
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var own = new CertificateRequest("CN=bench", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        own.CertificateExtensions.Add(names.Build());
        using var issued = own.Create(signer, from, to, RandomNumberGenerator.GetBytes(8));
        return new TlsCredentials(issued.CopyWithPrivateKey(key), [signer]);
    }
}
