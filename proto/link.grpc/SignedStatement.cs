using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Pcie.Link.Grpc;

/// <summary>What an authority says, and its signature below (RFC 5280, 4.1.1 and 5.1.1: a sequence of these two and the algorithm).</summary>
internal sealed class SignedStatement
{
    private readonly byte[] signature;

    /// <param name="signed">The sequence's content.</param>
    /// <exception cref="AsnContentException">It is something else.</exception>
    public SignedStatement(AsnReader signed)
    {
        Statement = signed.ReadEncodedValue().ToArray();
        Algorithm = signed.ReadSequence().ReadObjectIdentifier();
        signature = signed.ReadBitString(out _);
        signed.ThrowIfNotEmpty();
    }

    /// <summary>The bytes that are signed.</summary>
    public ReadOnlyMemory<byte> Statement { get; }

    /// <summary>How it is signed, as an object identifier.</summary>
    public string Algorithm { get; }

    /// <summary>Whether the signature can be checked; SHA-1 and older are no proof any more.</summary>
    public bool IsOfKnownAlgorithm => Hash is not null;

    // RFC 4055, 5 and RFC 5758, 3.2.
    private HashAlgorithmName? Hash => Algorithm switch
    {
        "1.2.840.113549.1.1.11" or "1.2.840.10045.4.3.2" => HashAlgorithmName.SHA256,
        "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => HashAlgorithmName.SHA384,
        "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => HashAlgorithmName.SHA512,
        _ => null,
    };

    /// <summary>Holds the statement's own word on its algorithm to that beside the signature, which nothing protects (RFC 5280, 5.1.1.2).</summary>
    /// <exception cref="AsnContentException">They differ.</exception>
    public void MustBeBy(AsnReader inside)
    {
        if (inside.ReadObjectIdentifier() != Algorithm)
            throw new AsnContentException("it names one signature algorithm inside and another one outside");
    }

    /// <summary>Whether the certificate's key made the signature.</summary>
    public bool IsBy(X509Certificate2 certificate)
    {
        if (Hash is not { } hash) return false;
        using var rsa = certificate.GetRSAPublicKey();
        using var ecdsa = certificate.GetECDsaPublicKey();
        return rsa is not null ? rsa.VerifyData(Statement.Span, signature, hash, RSASignaturePadding.Pkcs1)
            : ecdsa is not null && ecdsa.VerifyData(Statement.Span, signature, hash, DSASignatureFormat.Rfc3279DerSequence);
    }
}
