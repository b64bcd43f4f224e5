using System.ComponentModel;
using System.Diagnostics;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests;

/// <summary>Clients of others, from npm, which know neither our programs nor our .proto files: reflection and health tell them all.</summary>
public sealed class GrpcClientOfOthersTests
{
    private static readonly string Folder = Path.Combine(ShippedScenarios.Repository, "tests/node");

    [Fact]
    public async Task AClientThatHasOnlyTheAddressHearsWhatThereIsAndCallsIt()
    {
        using var emulator = await RunningEmulator.StartAsync("--device", "edu");

        var output = await ProbeAsync(new Uri(emulator.Uri).Authority, "pcie.control.v1.CardControl", "Peek", """{"name":"ID"}""");

        Assert.Equal(["health SERVING", "services grpc.health.v1.Health pcie.control.v1.CardControl pcie.link.v1.PcieLink"],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries).SkipLast(1));
        Assert.Contains("\"name\":\"ID\"", output, StringComparison.Ordinal);
        Assert.Contains("\"value\":\"16777453\"", output, StringComparison.Ordinal);
    }

    private static async Task<string> ProbeAsync(params string[] arguments)
    {
        if (!Directory.Exists(Path.Combine(Folder, "node_modules"))) Assert.Skip("The clients are not installed; npm install --prefix tests/node.");
        var start = new ProcessStartInfo("node", [Path.Combine(Folder, "probe.js"), .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 0, await output + await errors);
            return await output;
        }
        catch (Win32Exception)
        {
            Assert.Skip("There is no node.");
            throw;
        }
    }
}
