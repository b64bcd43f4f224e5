using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Pcie.Link.Grpc;

namespace Pcie.Link.Tests.Grpc;

public sealed class TlsCredentialsTests
{
    // Its key is an Ed25519 one, which .NET's TLS does not take.
    private const string OfAnotherKind = """
        -----BEGIN CERTIFICATE-----
        MIIBLjCB4aADAgECAhRA15tRpGk4znv+A+fl9HN4D3MOnTAFBgMrZXAwDDEKMAgG
        A1UEAwwBeDAgFw0yNjExMjkxMjUyMjdaGA8yMTI2MTEwNTEyNTIyN1owDDEKMAgG
        A1UEAwwBeDAqMAUGAytlcAMhAL5M4MWJ9XOiflzXYyOFOvYg+uDGPPmmtS41Or0z
        X81Lo1MwUTAdBgNVHQ4EFgQUCpZT1GsX7r1k9rfGxCsZUTybI6owHwYDVR0jBBgw
        FoAUCpZT1GsX7r1k9rfGxCsZUTybI6owDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXAD
        QQCdX394bj93N6hFNJOu3dCV7vQi09CSarSD1qN/43g9UhuYgk9p0sXq0kntVrwr
        hulwmnZtt9rc9l58LmpV+i4N
        -----END CERTIFICATE-----
        """;

    [Fact]
    public void AKeyOfAKindThatCannotBeUsedIsRefusedByFileWithTheKindsThatCan()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var (pem, pemKey) = (Path.Combine(folder, "own.pem"), Path.Combine(folder, "own.key"));
            File.WriteAllText(pem, OfAnotherKind);
            File.WriteAllText(pemKey, key.ExportPkcs8PrivateKeyPem());

            var refused = Assert.Throws<CryptographicException>(() => TlsCredentials.FromPem(pem, pemKey, pem));

            Assert.StartsWith($"{pem} with {pemKey}: ", refused.Message, StringComparison.Ordinal);
            Assert.Contains("RSA or ECDSA", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // What Windows needs works, and is checked, everywhere.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AKeyThatGoesThroughPkcs12IsTheSameKey(bool throughPkcs12)
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var own = new CertificateRequest("CN=own", key, HashAlgorithmName.SHA256)
                .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            var (pem, pemKey) = (Path.Combine(folder, "own.pem"), Path.Combine(folder, "own.key"));
            File.WriteAllText(pem, own.ExportCertificatePem());
            File.WriteAllText(pemKey, key.ExportPkcs8PrivateKeyPem());

            using var read = TlsCredentials.FromPem(pem, pemKey, pem, throughPkcs12: throughPkcs12).Certificate;

            using var readKey = read.GetECDsaPrivateKey()!;
            byte[] data = [1, 2, 3];
            Assert.True(key.VerifyData(data, readKey.SignData(data, HashAlgorithmName.SHA256), HashAlgorithmName.SHA256));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
