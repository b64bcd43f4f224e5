using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Pcie.Link.Grpc;

namespace Pcie.Fixtures.Programs;

/// <summary>An authority with an emulator and a driver, and a stranger that another one knows; PEM files.</summary>
public sealed class Certificates : IDisposable
{
    private static readonly DateTimeOffset Yesterday = DateTimeOffset.UtcNow.AddDays(-1);
    private static readonly DateTimeOffset Tomorrow = DateTimeOffset.UtcNow.AddDays(1);

    private const string ForServers = "1.3.6.1.5.5.7.3.1", ForClients = "1.3.6.1.5.5.7.3.2";

    private readonly TemporaryFolder folder = new();

    public Certificates()
    {
        using var authority = CreateAuthority("authority");
        folder.Write("authority.pem", authority.ExportCertificatePem());
        folder.Write("empty.pem", "");
        Issue("emulator", authority);
        Issue("driver", authority);
        Issue("server-only", authority, ForServers);
        Issue("client-only", authority, ForClients);
        using var between = CreateBetween(authority);
        Issue("far-emulator", between, ForServers, between);
        Issue("far-driver", between, ForClients, between);
        var revoked = new CertificateRevocationListBuilder();
        revoked.AddEntry(Issue("revoked", authority));
        folder.Write("crl.pem", PemEncoding.WriteString("X509 CRL", revoked.Build(authority, 1, Tomorrow, HashAlgorithmName.SHA256)));
        using var other = CreateAuthority("another authority");
        Issue("stranger", other);
    }

    /// <summary>The options by which a program shows a certificate, and trusts the authority.</summary>
    public string[] Of(string name, string authorityOption, string authority = "authority.pem") =>
    [
        "--certificate", folder[$"{name}.pem"], "--certificate-key", folder[$"{name}.key"], $"--{authorityOption}", folder[authority],
    ];

    /// <summary>The same for a program within this process.</summary>
    public TlsCredentials CredentialsOf(string name) =>
        TlsCredentials.FromPem(folder[$"{name}.pem"], folder[$"{name}.key"], folder["authority.pem"]);

    /// <summary>A client that trusts the authority's servers.</summary>
    /// <param name="name">Whose certificate it shows; null for none.</param>
    public HttpClient ClientOf(string? name)
    {
        var trusted = CredentialsOf("driver");
        var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
            trusted.WhyNotTrusted(certificate as X509Certificate2, chain?.ChainPolicy.ExtraStore, TlsCredentials.ForServers) is null;
        if (name is not null) handler.SslOptions.ClientCertificates = [CredentialsOf(name).Certificate];
        return new HttpClient(handler);
    }

    public string[] RevokedOption => ["--crl", folder["crl.pem"]];

    public string EmptyFile => folder["empty.pem"];

    public void Dispose() => folder.Dispose();

    private static X509Certificate2 CreateAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(Yesterday, Tomorrow);
    }

    // Signed by the authority, and an authority itself.
    private static X509Certificate2 CreateBetween(X509Certificate2 authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=in between", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var certificate = request.Create(authority, Yesterday, Tomorrow, RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }

    // Returns its serial number.
    private byte[] Issue(string name, X509Certificate2 authority, string? use = null, X509Certificate2? shown = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        if (use is not null) request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], true));
        using var certificate = request.Create(authority, Yesterday, Tomorrow, RandomNumberGenerator.GetBytes(8));
        folder.Write($"{name}.pem", $"{certificate.ExportCertificatePem()}\n{shown?.ExportCertificatePem()}\n");
        var keyFile = folder.Write($"{name}.key", key.ExportPkcs8PrivateKeyPem());
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(keyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return certificate.SerialNumberBytes.ToArray();
    }
}
