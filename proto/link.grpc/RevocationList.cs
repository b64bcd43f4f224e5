using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Pcie.Files;

namespace Pcie.Link.Grpc;

/// <summary>Certificates that their authority has taken back (RFC 5280, 5), as it has signed.</summary>
public sealed class RevocationList
{
    private const string Begin = "-----BEGIN X509 CRL-----";

    private readonly HashSet<string> serials = [];
    private readonly X500DistinguishedName issuer;

    private RevocationList(ReadOnlyMemory<byte> der)
    {
        var whole = new AsnReader(der, AsnEncodingRules.DER);
        var signed = whole.ReadSequence();
        whole.ThrowIfNotEmpty();
        Signature = new SignedStatement(signed);
        var list = new AsnReader(Signature.Statement, AsnEncodingRules.DER).ReadSequence();
        if (list.PeekTag() == Asn1Tag.Integer) list.ReadInteger();
        Signature.MustBeBy(list.ReadSequence());
        issuer = new X500DistinguishedName(list.ReadEncodedValue().Span);
        ThisUpdate = ReadTime(list);
        if (list.HasData && IsTime(list)) NextUpdate = ReadTime(list);
        if (list.HasData && list.PeekTag() == Asn1Tag.Sequence) ReadRevoked(list.ReadSequence());
        if (list.HasData) ReadExtensions(list.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadSequence());
    }

    /// <summary>When the authority made it.</summary>
    public DateTimeOffset ThisUpdate { get; }

    /// <summary>When the authority meant to make another one; null if it does not say.</summary>
    public DateTimeOffset? NextUpdate { get; }

    private SignedStatement Signature { get; }

    /// <summary>Reads the lists of a PEM file, and believes those that their authority has signed and that are valid now.</summary>
    /// <param name="authority">Certificates among which the issuer of each list must be.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="CryptographicException">It holds no list, or one that is not to be believed; the message says why.</exception>
    public static IReadOnlyList<RevocationList> FromPem(string path, X509Certificate2Collection authority)
    {
        var lists = new List<RevocationList>();
        try
        {
            var text = File.ReadAllText(path).AsSpan();
            while (PemEncoding.TryFind(text, out var found))
            {
                if (text[found.Label] is "X509 CRL") lists.Add(new RevocationList(Convert.FromBase64String(text[found.Base64Data].ToString())));
                text = text[found.Location.End..];
            }
        }
        catch (AsnContentException e)
        {
            throw new CryptographicException($"{path} holds no certificate revocation list that could be read: {e.Message}");
        }
        if (lists.Count == 0) throw new CryptographicException($"{path} holds no certificate revocation list ({Begin}).");
        return lists.Select(list => list.WhyNotBelieved(authority, DateTimeOffset.UtcNow)).FirstOrDefault(why => why is not null) is { } reason
            ? throw new CryptographicException($"{path}: the revocation list {reason}")
            : lists;
    }

    /// <summary>Whether it has this certificate.</summary>
    public bool Has(X509Certificate2 certificate) =>
        IsBy(certificate.IssuerName) && serials.Contains(NameOf(certificate.SerialNumberBytes.Span));

    // Says what stands against it (RFC 5280, 6.3.3), for a person; null if it is to be believed.
    private string? WhyNotBelieved(X509Certificate2Collection authority, DateTimeOffset now)
    {
        var who = $"of '{PrintableText.Of(issuer.Name)}'";
        if (ThisUpdate > now)
            return $"{who} is not valid before {Utc(ThisUpdate)}. Look at this machine's clock, or give the list that is valid now.";
        if (NextUpdate < now)
            return $"{who} was to be replaced by {Utc(NextUpdate.Value)}: what was revoked since is not in it. Give the authority's newest one.";
        var issuers = authority.Where(certificate => IsBy(certificate.SubjectName) && MaySign(certificate)).ToList();
        if (issuers.Count == 0) return $"{who} has no issuer among the authorities that are trusted. Add its certificate to their file.";
        if (!Signature.IsOfKnownAlgorithm)
            return $"{who} is signed by {Signature.Algorithm}, which is not checked here: expected RSA (PKCS #1) or ECDSA with "
                + "SHA-256, -384 or -512.";
        return issuers.Any(Signature.IsBy) ? null
            : $"{who} is not signed by it: it was changed, or another key made it. Fetch it again from the authority.";
    }

    private bool IsBy(X500DistinguishedName name) => issuer.RawData.AsSpan().SequenceEqual(name.RawData);

    // RFC 5280, 4.2.1.3 and 4.2.1.9.
    private static bool MaySign(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is null or { CertificateAuthority: true }
        && (certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault() is not { } usage
            || usage.KeyUsages.HasFlag(X509KeyUsageFlags.CrlSign));

    private void ReadRevoked(AsnReader revoked)
    {
        while (revoked.HasData)
        {
            var entry = revoked.ReadSequence();
            serials.Add(NameOf(entry.ReadIntegerBytes().Span));
            ReadTime(entry);
            if (entry.HasData) ReadExtensions(entry.ReadSequence());
        }
    }

    // What is critical changes what the list says (a part, another's certificates: RFC 5280, 5.2 and 5.3), and none of it is known here.
    private static void ReadExtensions(AsnReader extensions)
    {
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var name = extension.ReadObjectIdentifier();
            if (extension.PeekTag() == Asn1Tag.Boolean && extension.ReadBoolean())
                throw new AsnContentException($"it has the critical extension {name}; expected a whole list of one authority's own certificates");
        }
    }

    // A number may begin with a zero that only says that it is none below zero.
    private static string NameOf(ReadOnlySpan<byte> serial) => Convert.ToHexString(serial.TrimStart((byte)0));

    private static string Utc(DateTimeOffset time) => $"{time.UtcDateTime:yyyy-MM-dd HH:mm} UTC";

    private static bool IsTime(AsnReader list) => list.PeekTag() == Asn1Tag.UtcTime || list.PeekTag() == Asn1Tag.GeneralizedTime;

    private static DateTimeOffset ReadTime(AsnReader list) => list.PeekTag() == Asn1Tag.UtcTime ? list.ReadUtcTime() : list.ReadGeneralizedTime();
}
