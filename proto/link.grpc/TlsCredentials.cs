using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NLog;
using Pcie.Files;

namespace Pcie.Link.Grpc;

/// <summary>Who a side is and whom it trusts. The link is attached by certificate, both ways: there are no passwords.</summary>
/// <param name="Certificate">Its own, with the private key.</param>
/// <param name="Authority">What the other side's certificate must lead to.</param>
public sealed record TlsCredentials(X509Certificate2 Certificate, X509Certificate2Collection Authority)
{
    /// <summary>What a server's certificate is for (RFC 5280, 4.2.1.12).</summary>
    public const string ForServers = "1.3.6.1.5.5.7.3.1";

    /// <summary>What a host's certificate is for.</summary>
    public const string ForClients = "1.3.6.1.5.5.7.3.2";

    private static readonly Logger Log = LogManager.GetLogger("Pcie.Link");

    /// <summary>Between the certificate and its authority, to be shown with it.</summary>
    public X509Certificate2Collection Chain { get; init; } = [];

    /// <summary>Certificates of the other side that are taken back.</summary>
    public IReadOnlyList<RevocationList> Revoked { get; init; } = [];

    /// <summary>Reads them from PEM files.</summary>
    /// <param name="certificate">Its first certificate is the own one; others, that lead from it to an authority, are shown with it.</param>
    /// <param name="revoked">Lists of revoked certificates, signed by authorities of that file; null for none.</param>
    /// <param name="throughPkcs12">
    /// Whether the key goes through PKCS #12, which makes it a stored one: Windows' TLS takes no other. Null for what this system needs.
    /// </param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="CryptographicException">A file holds no certificate or no key to it, or a list that is not to be believed.</exception>
    public static TlsCredentials FromPem(string certificate, string key, string authority, string? revoked = null, bool? throughPkcs12 = null)
    {
        var trusted = new X509Certificate2Collection();
        trusted.ImportFromPemFile(authority);
        if (trusted.Count == 0)
            throw new CryptographicException($"{authority} holds no certificate (-----BEGIN CERTIFICATE-----), so that nobody would be trusted.");
        if (File.ReadAllText(key).Contains("ENCRYPTED", StringComparison.Ordinal))
            throw new CryptographicException($"{key} is encrypted; give a key without a password, in a file that only you may read.");
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(key) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)) != 0)
            Log.Warn("Others on this machine may read the private key in {0}; chmod 600 it", key);
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(certificate);
        var own = Own(certificate, key);
        if (throughPkcs12 ?? OperatingSystem.IsWindows())
            using (var ephemeral = own) own = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null);
        return new TlsCredentials(own, trusted)
        {
            Chain = [.. all.Skip(1)], Revoked = revoked is null ? [] : RevocationList.FromPem(revoked, trusted),
        };
    }

    private static X509Certificate2 Own(string certificate, string key)
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(certificate, key);
        }
        catch (CryptographicException e)
        {
            throw new CryptographicException(
                $"{certificate} with {key}: {e.Message} Expected a certificate and its own private key, RSA or ECDSA, as PEM.", e);
        }
    }

    /// <summary>Whether a certificate may be used so; one that names no use may be used for all.</summary>
    public static bool IsFor(X509Certificate2 certificate, string use) =>
        certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault() is not { } uses
        || uses.EnhancedKeyUsages.Cast<Oid>().Any(oid => oid.Value == use);

    /// <summary>How a chain to the authority is checked; the machine's own authorities do not count.</summary>
    /// <param name="use"><see cref="ForServers"/> or <see cref="ForClients"/>: what the certificate must be for.</param>
    public X509ChainPolicy ChainPolicy(string use)
    {
        // Nobody else is asked for what is revoked: that would tell him who attaches, and wait for him.
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(Authority);
        policy.ApplicationPolicy.Add(new Oid(use));
        return policy;
    }

    /// <summary>Why a certificate is not trusted, for a person; null if it is.</summary>
    /// <param name="sent">What was shown with it.</param>
    /// <param name="use">As in <see cref="ChainPolicy"/>.</param>
    public string? WhyNotTrusted(X509Certificate2? certificate, X509Certificate2Collection? sent, string use)
    {
        if (certificate is null) return "it shows no certificate";
        using var chain = new X509Chain { ChainPolicy = ChainPolicy(use) };
        if (sent is not null) chain.ChainPolicy.ExtraStore.AddRange(sent);
        var who = $"the certificate of '{PrintableText.Of(certificate.Subject)}'";
        if (!chain.Build(certificate))
            return $"{who} is not trusted: {string.Join(' ', chain.ChainStatus.Select(status => status.StatusInformation.Trim()).Distinct())}";
        return chain.ChainElements.Select(element => element.Certificate).FirstOrDefault(c => Revoked.Any(list => list.Has(c))) is { } revoked
            ? $"{who} is revoked{(revoked.Thumbprint == certificate.Thumbprint ? "" : $", with its issuer '{PrintableText.Of(revoked.Subject)}'")}"
            : null;
    }
}
