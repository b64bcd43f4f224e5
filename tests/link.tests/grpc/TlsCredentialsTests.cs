using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Pcie.Link.Grpc;

namespace Pcie.Link.Tests.Grpc;

public sealed class TlsCredentialsTests
{
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
