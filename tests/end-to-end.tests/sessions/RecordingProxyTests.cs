using Pcie.Control;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Run;
using Pcie.DriverModel.Scenario;
using Pcie.Emu.Recording;
using Pcie.Emu.Running;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Fixtures;
using Pcie.Fixtures.Programs;
using Pcie.Link;
using Pcie.Link.Grpc.Device;
using Pcie.Link.Grpc.Host;
using Pcie.Link.Recording;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.EndToEnd.Tests.Sessions;

/// <summary>
/// A recorder between a host and a device, and a cable on each side of it that is cut:
/// <code>
/// HostRun ── cable ── RecordingProxy ── cable ── card
///                          └── file
/// </code>
/// </summary>
public sealed class RecordingProxyTests
{
    private const int Cuts = 20;
    private static readonly TimeSpan GracePeriod = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task ASessionOverTwoCablesThatAreCutIsRecordedAsAnUndisturbedOne()
    {
        var cancelled = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        var path = ShippedScenarios.PathOf("late-dpc");
        new InProcessRun(new RunRequest(path, LinkKind.Inproc) { Duration = "10s", RecordFile = folder["undisturbed.tlps"] }).Execute(cancelled);

        var file = ScenarioFile.Load(path);
        var host = HostScenario.Read(file).With(null, "10s");
        var options = DaqCardOptions.Read(file, host.Run.Seed);
        using var card = new CardHost(CardDesign.Daq(options), host.Run.CompletionTimeout);
        await using var device = await ListenAsync(new AttachService(card, new AttachOptions { GracePeriod = GracePeriod }), card);
        using var deviceCable = new CuttingProxy(device.Address, null, Cuts, seed: 5, mostBytes: 2000);
        var pool = new FramePool();
        var proxy = new RecordingProxy(deviceCable.Address, new ConnectOptions("", Pacing.FreeRunning, new Duration(1)) { GracePeriod = GracePeriod },
            pool, head => SessionWriter.Create(folder["disturbed.tlps"], head));
        await using var recorder = await ListenAsync(new AttachService(proxy, new AttachOptions { GracePeriod = GracePeriod, Pool = pool }), card);
        using var hostCable = new CuttingProxy(recorder.Address, null, Cuts, seed: 6, mostBytes: 2000);

        using var transport = await HostConnector.ConnectAsync(hostCable.Address,
            new ConnectOptions("test", host.Run.Pacing, host.Run.LinkLatency) { GracePeriod = GracePeriod }, cancelled);
        hostCable.StartCutting();
        deviceCable.StartCutting();
        var report = new HostRun(host, transport, output: null).Execute(
            "grpc", () => CardControlClient.TryGetStatistics(device.Address, null, TimeSpan.FromMinutes(1)), cancelled);
        await proxy.Recorded.WaitAsync(TimeSpan.FromMinutes(2), cancelled);

        Assert.Equal((RunOutcome.Completed, Cuts, Cuts), (report.Outcome, hostCable.Cuts, deviceCable.Cuts));
        Assert.Equal("daq", transport.Device.DeviceName);
        var (undisturbed, disturbed) = (Tlps(folder["undisturbed.tlps"]), Tlps(folder["disturbed.tlps"]));
        Assert.Equal(undisturbed[LinkDirection.HostToDevice], disturbed[LinkDirection.HostToDevice]);
        Assert.Equal(undisturbed[LinkDirection.DeviceToHost], disturbed[LinkDirection.DeviceToHost]);
    }

    private static Task<LinkServer> ListenAsync(AttachService attach, CardHost card) => LinkServer.StartAsync(
        new LinkServerOptions(LinkUri.Parse("http://127.0.0.1:0")), attach, card, TestContext.Current.CancellationToken);

    private static ILookup<LinkDirection, string> Tlps(string path)
    {
        using var reader = SessionReader.Open(path);
        var tlps = new List<(LinkDirection Direction, string Text)>();
        while (reader.TryRead(out var recorded)) tlps.Add((recorded.Direction, $"{recorded.Tlp} {Convert.ToHexString(recorded.Payload.Span)}"));
        return tlps.ToLookup(tlp => tlp.Direction, tlp => tlp.Text);
    }
}
