using Pcie.Control;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Run;
using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Fixtures;
using Pcie.Fixtures.Programs;
using Pcie.Link;
using Pcie.Link.Grpc.Device;
using Pcie.Link.Grpc.Host;
using Pcie.Scenario;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>A run whose cable is cut again and again: free-running, simulated time stands still meanwhile, and nothing else is to be seen.</summary>
public sealed class CutCableTests
{
    private const int Cuts = 100;

    [Theory]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("unix:")]
    public async Task ARunOverACableThatIsCutAHundredTimesGivesTheDigestOfAnUndisturbedOne(string medium)
    {
        using var folder = new TemporaryFolder();
        var path = ShippedScenarios.PathOf("late-dpc");
        var file = ScenarioFile.Load(path);
        var host = HostScenario.Read(file).With(null, "60s");
        var options = DaqCardOptions.Read(file, host.Run.Seed);
        using var card = new CardHost(CardDesign.Daq(options), host.Run.CompletionTimeout);
        var attach = new AttachService(card, new AttachOptions { GracePeriod = TimeSpan.FromSeconds(20) });
        var unix = medium == "unix:";
        await using var server = await LinkServer.StartAsync(
            new LinkServerOptions(LinkUri.Parse(unix ? $"unix:{folder["card"]}" : medium)), attach, card, TestContext.Current.CancellationToken);
        using var proxy = new CuttingProxy(server.Address, unix ? folder["proxy"] : null, Cuts, seed: 3, mostBytes: 3000);

        using var transport = await HostConnector.ConnectAsync(proxy.Address,
            new ConnectOptions("test", host.Run.Pacing, host.Run.LinkLatency) { GracePeriod = TimeSpan.FromSeconds(20) },
            TestContext.Current.CancellationToken);
        proxy.StartCutting();
        var report = new HostRun(host, transport, output: null).Execute(
            "grpc", () => CardControlClient.TryGetStatistics(server.Address, null, TimeSpan.FromMinutes(1)), TestContext.Current.CancellationToken);

        Assert.Equal(RunOutcome.Completed, report.Outcome);
        Assert.Equal(Cuts, proxy.Cuts);
        Assert.Equal(DirectRun.Of(host, options).Digest, report.Digest);
        Assert.InRange(transport.Resumptions, Cuts / 2, Cuts);
    }

    // Frames do not go over the cable here: the session keeps it for its hellos, its heartbeats and its end, and does not wait for it.
    [Fact]
    public async Task ARunOverSharedMemoryGoesOnWhileTheCallIsCutAndResumed()
    {
        using var folder = new TemporaryFolder();
        var file = ScenarioFile.Load(ShippedScenarios.PathOf("late-dpc"));
        var host = HostScenario.Read(file).With(null, "60s");
        var options = DaqCardOptions.Read(file, host.Run.Seed);
        using var card = new CardHost(CardDesign.Daq(options), host.Run.CompletionTimeout);
        var attach = new AttachService(card, new AttachOptions { GracePeriod = TimeSpan.FromSeconds(20) });
        await using var server = await LinkServer.StartAsync(
            new LinkServerOptions(LinkUri.Parse($"shm:{folder["card"]}")), attach, card, TestContext.Current.CancellationToken);
        using var proxy = new CuttingProxy(server.Address, folder["proxy"], 1, seed: 3);
        using var transport = await HostConnector.ConnectAsync(proxy.Address,
            new ConnectOptions("test", host.Run.Pacing, host.Run.LinkLatency) { GracePeriod = TimeSpan.FromSeconds(20) },
            TestContext.Current.CancellationToken);
        proxy.CutNow();

        var report = new HostRun(host, transport, output: null).Execute(
            "shm", () => CardControlClient.TryGetStatistics(server.Address, null, TimeSpan.FromMinutes(1)), TestContext.Current.CancellationToken);

        Assert.Equal(RunOutcome.Completed, report.Outcome);
        Assert.Equal(DirectRun.Of(host, options).Digest, report.Digest);
        Assert.Equal(1, transport.Resumptions);
    }
}
