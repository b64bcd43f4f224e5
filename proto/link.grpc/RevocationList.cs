using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Pcie.Link.Grpc;

/// <summary>Certificates that their authority has taken back (RFC 5280, 5): a file that is believed, as the authority's is.</summary>
public sealed class RevocationList
{
    private readonly byte[] issuer;
    private readonly HashSet<string> serials = [];

    private RevocationList(ReadOnlyMemory<byte> der)
    {
        var list = new AsnReader(der, AsnEncodingRules.DER).ReadSequence().ReadSequence();
        if (list.PeekTag() == Asn1Tag.Integer) list.ReadInteger();
        list.ReadSequence();
        issuer = list.ReadEncodedValue().ToArray();
        ReadTime(list);
        if (list.HasData && IsTime(list)) NextUpdate = ReadTime(list);
        if (!list.HasData || list.PeekTag() != Asn1Tag.Sequence) return;
        for (var revoked = list.ReadSequence(); revoked.HasData;) serials.Add(NameOf(revoked.ReadSequence().ReadIntegerBytes().Span));
    }

    /// <summary>When the authority meant to make another one; null if it does not say.</summary>
    public DateTimeOffset? NextUpdate { get; }

    /// <summary>Reads the lists of a PEM file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="CryptographicException">It holds no such list.</exception>
    public static IReadOnlyList<RevocationList> FromPem(string path)
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
        return lists.Count > 0 ? lists : throw new CryptographicException($"{path} holds no certificate revocation list (-----BEGIN X509 CRL-----).");
    }

    /// <summary>Whether it has this certificate.</summary>
    public bool Has(X509Certificate2 certificate) =>
        issuer.AsSpan().SequenceEqual(certificate.IssuerName.RawData) && serials.Contains(NameOf(certificate.SerialNumberBytes.Span));

    // A number may begin with a zero that only says that it is none below zero.
    private static string NameOf(ReadOnlySpan<byte> serial) => Convert.ToHexString(serial.TrimStart((byte)0));

    private static bool IsTime(AsnReader list) => list.PeekTag() == Asn1Tag.UtcTime || list.PeekTag() == Asn1Tag.GeneralizedTime;

    private static DateTimeOffset ReadTime(AsnReader list) => list.PeekTag() == Asn1Tag.UtcTime ? list.ReadUtcTime() : list.ReadGeneralizedTime();
}
