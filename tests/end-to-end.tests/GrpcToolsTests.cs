using System.ComponentModel;
using System.Diagnostics;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests;

/// <summary>The usual tools for any gRPC server, grpcurl and grpc_health_probe, which ask by reflection and health alone.</summary>
public sealed class GrpcToolsTests
{
    private const string Plain = "-plaintext";

    // No package has them: whoever runs the tests brings them.
    private static readonly Dictionary<string, string> Tools = new(StringComparer.Ordinal)
    {
        ["grpcurl"] = "go install github.com/fullstorydev/grpcurl/cmd/grpcurl@latest",
        ["grpc_health_probe"] = "go install github.com/grpc-ecosystem/grpc-health-probe@latest, under the name grpc_health_probe",
    };

    [Fact]
    public async Task GrpcurlListsDescribesAndCallsACard()
    {
        using var emulator = await RunningEmulator.StartAsync("--device", "edu");
        var address = new Uri(emulator.Uri).Authority;

        Assert.Equal((0, "grpc.health.v1.Health pcie.control.v1.CardControl pcie.link.v1.PcieLink"),
            OneLine(await RunAsync("grpcurl", Plain, address, "list")));
        Assert.Contains("rpc Attach ( stream .pcie.link.v1.HostMessage ) returns ( stream .pcie.link.v1.DeviceMessage );",
            (await RunAsync("grpcurl", Plain, address, "describe", "pcie.link.v1.PcieLink")).Output, StringComparison.Ordinal);
        Assert.Contains("string name", (await RunAsync("grpcurl", Plain, address, "describe", ".pcie.control.v1.PeekRequest")).Output,
            StringComparison.Ordinal);
        var (status, peeked) = await RunAsync("grpcurl", Plain, "-d", """{"name":"ID"}""", address, "pcie.control.v1.CardControl/Peek");
        Assert.Equal(0, status);
        Assert.Contains("\"value\": \"16777453\"", peeked, StringComparison.Ordinal);
        // What is refused says what to do here, too.
        Assert.Contains("emu regs lists", (await RunAsync("grpcurl", Plain, "-d", """{"name":"IDD"}""", address,
            "pcie.control.v1.CardControl/Peek")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData("pcie.link.v1.PcieLink", 0)]
    [InlineData("pcie.control.v1.CardControl", 0)]
    [InlineData("pcie.control.v1.DriverControl", 3)] // its word for a service that is not served
    public async Task TheHealthProbeProbesACard(string? service, int status)
    {
        using var emulator = await RunningEmulator.StartAsync("--device", "edu");

        var (ended, output) = await RunAsync("grpc_health_probe",
            [$"-addr={new Uri(emulator.Uri).Authority}", .. service is null ? (string[])[] : [$"-service={service}"]]);

        Assert.True(status == ended, output);
    }

    [Fact]
    public async Task TheyDoTheSameWithADriversControlService()
    {
        using var folder = new TemporaryFolder();
        using var driver = RunningProgram.Start("driver-model", "--card", $"unix:{folder["nobody"]}", "--control", "http://127.0.0.1:0");
        var address = new Uri(AddressIn(await driver.LogsAsync("Control service at "))).Authority;

        Assert.Equal((0, "grpc.health.v1.Health pcie.control.v1.DriverControl"), OneLine(await RunAsync("grpcurl", Plain, address, "list")));
        Assert.Contains("rpc Describe", (await RunAsync("grpcurl", Plain, address, "describe", "pcie.control.v1.DriverControl")).Output,
            StringComparison.Ordinal);
        Assert.Contains("\"card\": \"unix:", (await RunAsync("grpcurl", Plain, address, "pcie.control.v1.DriverControl/Describe")).Output,
            StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("grpc_health_probe", $"-addr={address}", "-service=pcie.control.v1.DriverControl")).Status);
    }

    [Fact]
    public async Task OverTlsTheyNeedACertificateOfTheAuthority()
    {
        using var certificates = new Certificates();
        using var emulator = await RunningEmulator.StartAtAsync("https://127.0.0.1:0",
            ["--device", "edu", .. certificates.Of("emulator", "client-ca")]);
        var address = new Uri(emulator.Uri).Authority;
        // --certificate PATH --certificate-key PATH --client-ca PATH
        var (driver, stranger) = (certificates.Of("driver", "client-ca"), certificates.Of("stranger", "client-ca"));

        Assert.Contains("pcie.link.v1.PcieLink", (await RunAsync("grpcurl", [.. Curl(driver), address, "list"])).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("grpc_health_probe", [.. Probe(driver), $"-addr={address}"])).Status);
        Assert.NotEqual(0, (await RunAsync("grpcurl", [.. Curl(stranger), address, "list"])).Status);
        Assert.NotEqual(0, (await RunAsync("grpc_health_probe", [.. Probe(stranger), $"-addr={address}"])).Status);

        static string[] Curl(string[] of) => ["-cert", of[1], "-key", of[3], "-cacert", of[5], "-connect-timeout", "10"];
        static string[] Probe(string[] of) =>
            ["-tls", $"-tls-client-cert={of[1]}", $"-tls-client-key={of[3]}", $"-tls-ca-cert={of[5]}", "-connect-timeout=10s"];
    }

    private static string AddressIn(string line) => line[line.IndexOf("http:", StringComparison.Ordinal)..].Trim();

    private static (int, string) OneLine((int Status, string Output) ended) => (ended.Status, ended.Output.Trim().Replace('\n', ' '));

    private static async Task<(int Status, string Output)> RunAsync(string tool, params IEnumerable<string> arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return (process.ExitCode, await output + await errors);
        }
        catch (Win32Exception)
        {
            Assert.Skip($"There is no {tool} on PATH. With Go: {Tools[tool]}.");
            throw;
        }
    }
}
