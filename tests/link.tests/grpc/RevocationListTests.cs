using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Pcie.Link.Grpc;

namespace Pcie.Link.Tests.Grpc;

/// <summary>A revocation list is believed only as its authority signed it, and while it is valid.</summary>
public sealed class RevocationListTests : IDisposable
{
    private static readonly byte[] Serial = [0x00, 0x8f, 0x11, 0x22];
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private readonly string file = Path.GetTempFileName();
    private readonly X509Certificate2 authority = Create("CN=authority", X509KeyUsageFlags.CrlSign | X509KeyUsageFlags.KeyCertSign);

    public void Dispose()
    {
        authority.Dispose();
        File.Delete(file);
    }

    [Theory]
    [InlineData("SHA256")]
    [InlineData("SHA384")]
    [InlineData("SHA512")]
    public void AListOfItsAuthorityIsBelieved(string hash)
    {
        using var revoked = Issue(Serial);
        using var other = Issue([1, 2, 3]);

        var list = Assert.Single(Read(Make(authority, hash: hash), authority));

        Assert.Equal((true, false), (list.Has(revoked), list.Has(other)));
    }

    [Fact]
    public void AListOfAnAuthorityWithAnRsaKeyIsBelieved()
    {
        using var key = RSA.Create(2048);
        using var signer = new CertificateRequest("CN=authority", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(Now.AddDays(-9), Now.AddDays(9));

        Assert.Single(Read(Make(signer), signer));
    }

    [Fact]
    public void AListThatAnotherKeyOfTheSameNameSignedIsRefused()
    {
        using var impostor = Create("CN=authority", X509KeyUsageFlags.CrlSign);

        Assert.Contains("of 'CN=authority' is not signed by it", Refusal(Make(impostor), authority), StringComparison.Ordinal);
    }

    // Its signature is over every byte, those of the numbers too.
    [Fact]
    public void AListFromWhichACertificateWasTakenIsRefused()
    {
        var changed = Make(authority);
        changed[changed.AsSpan().IndexOf(Serial) + 1] ^= 1;

        Assert.Contains("is not signed by it", Refusal(changed, authority), StringComparison.Ordinal);
    }

    [Fact]
    public void AListOfAnUnknownAuthorityIsRefusedSayingWhatToAdd()
    {
        using var stranger = Create("CN=stranger", X509KeyUsageFlags.CrlSign);

        Assert.Contains("of 'CN=stranger' has no issuer among the authorities", Refusal(Make(stranger), authority), StringComparison.Ordinal);
    }

    [Fact]
    public void AnAuthorityThatMayNotSignListsIsNone()
    {
        using var issuer = Create("CN=for certificates", X509KeyUsageFlags.KeyCertSign);

        Assert.Contains("has no issuer among", Refusal(Make(issuer), issuer), StringComparison.Ordinal);
    }

    [Fact]
    public void AListThatIsNotValidNowIsRefused()
    {
        Assert.Contains("was to be replaced by", Refusal(Make(authority, from: -4, to: -2), authority), StringComparison.Ordinal);
        Assert.Contains("is not valid before", Refusal(Make(authority, from: 2, to: 4), authority), StringComparison.Ordinal);
    }

    [Fact]
    public void AListSignedInAnUnknownWayIsRefusedNamingIt()
    {
        using var key = RSA.Create(2048);
        var pss = X509SignatureGenerator.CreateForRSA(key, RSASignaturePadding.Pss);

        Assert.Contains("1.2.840.113549.1.1.10, which is not checked here", Refusal(Make(authority.SubjectName, pss), authority),
            StringComparison.Ordinal);
    }

    // Such a list may leave out what another one has (RFC 5280, 5.2.5).
    [Fact]
    public void AListThatIsOneOfSeveralPartsIsRefused() =>
        Assert.Contains("the critical extension 2.5.29.28", Refusal(MakePart(), authority), StringComparison.Ordinal);

    [Fact]
    public void EveryByteThatIsChangedOrMissingIsARefusalAndNeverADefect()
    {
        var good = Make(authority);
        for (var place = 0; place < good.Length; place++)
        {
            var changed = good.ToArray();
            changed[place] ^= 0x20;
            Refusal(changed, authority);
            Refusal(good[..place], authority);
        }
    }

    private string Refusal(byte[] list, X509Certificate2 trusted) =>
        Assert.Throws<CryptographicException>(() => Read(list, trusted)).Message;

    private IReadOnlyList<RevocationList> Read(byte[] list, X509Certificate2 trusted)
    {
        File.WriteAllText(file, PemEncoding.WriteString("X509 CRL", list));
        return RevocationList.FromPem(file, [trusted]);
    }

    private static byte[] Make(X509Certificate2 signer, string hash = "SHA256", int from = -2, int to = 2)
    {
        using var ecdsa = signer.GetECDsaPrivateKey();
        using var rsa = signer.GetRSAPrivateKey();
        return Make(signer.SubjectName,
            ecdsa is not null ? X509SignatureGenerator.CreateForECDsa(ecdsa) : X509SignatureGenerator.CreateForRSA(rsa!, RSASignaturePadding.Pkcs1),
            hash, from, to);
    }

    private static byte[] Make(X500DistinguishedName issuer, X509SignatureGenerator generator, string hash = "SHA256", int from = -2, int to = 2)
    {
        var list = new CertificateRevocationListBuilder();
        list.AddEntry(Serial);
        return list.Build(issuer, generator, 1, Now.AddDays(to), new HashAlgorithmName(hash),
            X509AuthorityKeyIdentifierExtension.Create([1, 2, 3], issuer, [1]), Now.AddDays(from));
    }

    // As the authority's, but for the certificates of one distribution point only.
    private byte[] MakePart()
    {
        var statement = new AsnWriter(AsnEncodingRules.DER);
        using (statement.PushSequence())
        {
            statement.WriteInteger(1);
            WriteAlgorithm(statement);
            statement.WriteEncodedValue(authority.SubjectName.RawData);
            statement.WriteUtcTime(Now.AddDays(-1));
            using (statement.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
            using (statement.PushSequence())
            using (statement.PushSequence())
            {
                statement.WriteObjectIdentifier("2.5.29.28");
                statement.WriteBoolean(true);
                statement.WriteOctetString([0x30, 0x00]);
            }
        }
        using var key = authority.GetECDsaPrivateKey()!;
        var list = new AsnWriter(AsnEncodingRules.DER);
        using (list.PushSequence())
        {
            list.WriteEncodedValue(statement.Encode());
            WriteAlgorithm(list);
            list.WriteBitString(key.SignData(statement.Encode(), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        }
        return list.Encode();
    }

    private static void WriteAlgorithm(AsnWriter writer)
    {
        using (writer.PushSequence()) writer.WriteObjectIdentifier("1.2.840.10045.4.3.2");
    }

    private static X509Certificate2 Create(string name, X509KeyUsageFlags usage)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, true));
        return request.CreateSelfSigned(Now.AddDays(-9), Now.AddDays(9));
    }

    private X509Certificate2 Issue(byte[] serial)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=host", key, HashAlgorithmName.SHA256).Create(authority, Now.AddDays(-1), Now.AddDays(1), serial);
    }
}
