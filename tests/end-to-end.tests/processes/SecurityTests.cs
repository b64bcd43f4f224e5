using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.Processes;

/// <summary>Who may attach: over https, whom the authority has given a certificate; over http, who is on this machine.</summary>
public sealed class SecurityTests(SecurityTests.Certificates certificates) : IClassFixture<SecurityTests.Certificates>
{
    private static readonly string Scenario = ShippedScenarios.PathOf("rearm-race-per-event");

    [Fact]
    public async Task ADriverWithACertificateOfTheAuthorityRunsOverHttps()
    {
        using var emulator = await StartEmulatorAsync();
        Assert.StartsWith("https://127.0.0.1:", emulator.Uri, StringComparison.Ordinal);

        var driver = await DriveAsync(emulator, certificates.Of("driver", "server-ca"), wait: 30);

        Assert.True(driver.Status == 0, driver.Errors);
    }

    [Theory]
    [InlineData("https://0.0.0.0:0", "https://127.0.0.1")]
    [InlineData("https://[::]:0", "https://[::1]")]
    public async Task ADriverAttachesToAnEmulatorThatListensOnAllAddressesOfItsMachine(string listen, string reached)
    {
        using var emulator = await RunningEmulator.StartAtAsync(listen, ["--scenario", Scenario, .. certificates.Of("emulator", "client-ca")]);
        Assert.StartsWith(listen[..^1], emulator.Uri, StringComparison.Ordinal);

        var driver = await DriveAsync($"{reached}{emulator.Uri[emulator.Uri.LastIndexOf(':')..]}", certificates.Of("driver", "server-ca"), wait: 30);

        Assert.True(driver.Status == 0, driver.Errors);
    }

    [Fact]
    public async Task TheRegistersAreShownToWhoHasACertificateToo()
    {
        using var emulator = await StartEmulatorAsync();

        var peek = await RunningProgram.RunAsync("emu", ["peek", emulator.Uri, "ID", .. certificates.Of("driver", "server-ca")]);

        Assert.Equal((0, ""), (peek.Status, peek.Errors));
        Assert.Contains("0x44415131", peek.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADriverWithACertificateOfAnotherAuthorityIsRefusedAndTheEmulatorServesTheNext()
    {
        using var emulator = await StartEmulatorAsync();

        var stranger = await DriveAsync(emulator, certificates.Of("stranger", "server-ca"), wait: 30);

        Assert.Equal((2, ""), (stranger.Status, stranger.Output));
        Assert.Contains($"The device at {emulator.Uri} ends every connection as soon as it is encrypted: "
            + "it does not trust the certificate of 'CN=stranger'",
            stranger.Errors, StringComparison.Ordinal);
        await emulator.Program.LogsAsync("the certificate of 'CN=stranger' is not trusted");
        Assert.Equal(0, (await DriveAsync(emulator, certificates.Of("driver", "server-ca"), wait: 30)).Status);
    }

    [Fact]
    public async Task ADriverDoesNotAttachToAnEmulatorOfAnotherAuthority()
    {
        using var emulator = await StartEmulatorAsync("stranger");

        var driver = await DriveAsync(emulator, certificates.Of("driver", "server-ca"));

        Assert.Equal((2, ""), (driver.Status, driver.Output));
        Assert.Contains("is not trusted, or speaks no TLS", driver.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ChainsThroughAnAuthorityInBetweenAreShownAndFollowedOnBothSides()
    {
        using var emulator = await StartEmulatorAsync("far-emulator");

        var driver = await DriveAsync(emulator, certificates.Of("far-driver", "server-ca"), wait: 30);

        Assert.True(driver.Status == 0, driver.Errors);
    }

    [Theory]
    [InlineData("server-only", "is not trusted")]
    [InlineData("revoked", "the certificate of 'CN=revoked' is revoked")]
    public async Task ACertificateThatIsNotForHostsOrIsRevokedIsRefused(string name, string why)
    {
        using var emulator = await StartEmulatorAsync("emulator", certificates.RevokedOption);

        Assert.Equal(2, (await DriveAsync(emulator, certificates.Of(name, "server-ca"))).Status);
        await emulator.Program.LogsAsync(why);
        Assert.Equal(0, (await DriveAsync(emulator, certificates.Of("driver", "server-ca"), wait: 30)).Status);
    }

    [Fact]
    public async Task AHostThatSpeaksNoTlsIsSaid()
    {
        using var emulator = await StartEmulatorAsync();

        Assert.Equal(2, (await DriveAsync(emulator.Uri.Replace("https", "http", StringComparison.Ordinal), [], wait: 0)).Status);
        await emulator.Program.LogsAsync("it spoke no TLS 1.2 or later, or showed no certificate: expected https://");
    }

    [Fact]
    public async Task WhatCouldNotBeServedWithIsRefusedAtTheStart()
    {
        async Task<string> RefusalAsync(string[] credentials)
        {
            var emulator = await RunningProgram.RunAsync("emulator", ["--listen", "https://127.0.0.1:0", .. credentials]);
            Assert.Equal((2, ""), (emulator.Status, emulator.Output));
            return emulator.Errors;
        }

        Assert.Contains("is not for servers", await RefusalAsync(certificates.Of("client-only", "client-ca")), StringComparison.Ordinal);
        Assert.Contains("holds no certificate", await RefusalAsync(certificates.Of("emulator", "client-ca", "empty.pem")), StringComparison.Ordinal);
        Assert.Contains("holds no certificate revocation list",
            await RefusalAsync([.. certificates.Of("emulator", "client-ca"), "--crl", certificates.EmptyFile]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HttpsWithoutACertificateIsRefusedByBothSayingWhatToGive()
    {
        var driver = await RunningProgram.RunAsync("driver-model", "--card", "https://127.0.0.1:1", "--scenario", Scenario, "--wait", "0");
        var emulator = await RunningProgram.RunAsync("emulator", "--listen", "https://127.0.0.1:0");
        var emu = await RunningProgram.RunAsync("emu", "regs", "https://127.0.0.1:1");

        Assert.All([driver, emulator, emu], program =>
        {
            Assert.Equal((2, ""), (program.Status, program.Output));
            Assert.Contains("--certificate", program.Errors, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task HttpForOtherMachinesIsRefusedSayingWhatToDo()
    {
        var emulator = await RunningProgram.RunAsync("emulator", "--listen", "http://0.0.0.0:0");

        Assert.Equal((2, ""), (emulator.Status, emulator.Output));
        Assert.Contains("http://0.0.0.0:0 can be reached from other machines", emulator.Errors, StringComparison.Ordinal);
        Assert.Contains("https://", emulator.Errors, StringComparison.Ordinal);
    }

    private Task<RunningEmulator> StartEmulatorAsync(string name = "emulator", params string[] options) =>
        RunningEmulator.StartAtAsync("https://127.0.0.1:0", ["--scenario", Scenario, .. certificates.Of(name, "client-ca"), .. options]);

    // One that is refused tries again for as long as it would wait for an emulator to start.
    private static Task<ProgramResult> DriveAsync(RunningEmulator emulator, string[] credentials, int wait = 1) =>
        DriveAsync(emulator.Uri, credentials, wait);

    private static Task<ProgramResult> DriveAsync(string uri, string[] credentials, int wait) =>
        RunningProgram.RunAsync("driver-model",
            ["--card", uri, "--scenario", Scenario, "--duration", "10ms", "--wait", $"{wait}", .. credentials]);

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
}
