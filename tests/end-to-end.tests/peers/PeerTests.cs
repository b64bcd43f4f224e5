using Grpc.Core;
using Pcie.Control;
using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Run;
using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Fixtures.Programs;
using Pcie.Link;
using Pcie.Link.DataLinkLayer;
using Pcie.Link.Grpc.Device;
using Pcie.Link.Grpc.Host;
using Pcie.Link.Sessions;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.EndToEnd.Tests.Peers;

/// <summary>
/// An older and a newer program on the other side, whole sessions: the run completes with the digest that it has among ourselves.
/// <code>
/// HostRun ── PeerHost (generated classes) ── LinkServer ── DaqCard
/// HostRun ── GrpcHostTransport ── PeerDevice (generated classes) ── DaqCard
/// </code>
/// </summary>
public sealed class PeerTests
{
    private static readonly ScenarioFile File = ScenarioFile.Load(ShippedScenarios.PathOf("late-dpc"));
    private static readonly HostScenario Scenario = HostScenario.Read(File).With(null, "30s");
    private static readonly DaqCardOptions Options = DaqCardOptions.Read(File, Scenario.Run.Seed);
    private static readonly DaqReport Ours = DirectRun.Of(Scenario, Options);

    [Theory]
    [InlineData(0u, 0u)]
    [InlineData(1u, 1u)]
    [InlineData(9u, 6u)]
    public async Task AHostOfAnotherMinorVersionRunsAWholeSession(uint minor, uint inForce)
    {
        using var card = new CardHost(CardDesign.Daq(Options), Scenario.Run.CompletionTimeout);
        var attach = new AttachService(card, new AttachOptions());
        await using var server = await LinkServer.StartAsync(
            new LinkServerOptions(LinkUri.Parse("http://127.0.0.1:0")), attach, card, TestContext.Current.CancellationToken);
        var peer = new Peer(1, minor);
        using var host = new PeerHost(peer, server.Address, (ulong)Scenario.Run.LinkLatency.Nanoseconds);

        Assert.Equal((1u, inForce), (host.Device.Version.Major, host.Device.Version.Minor));
        Assert.Equal(peer.HasReplay ? [ReplayOptions.Capability] : [], host.Device.Capabilities);
        AssertSame(new HostRun(Scenario, host, output: null).Execute("grpc", () =>
            CardControlClient.TryGetStatistics(server.Address, null, TimeSpan.FromMinutes(1)),
            TestContext.Current.CancellationToken));

        // An older host knows no acknowledgement that comes by itself.
        if (!peer.HasReplay) Assert.Equal(0, host.Acknowledgements);
        Assert.True(SpinWait.SpinUntil(() => attach.Counters[AttachOutcome.Detached] == 1, TimeSpan.FromMinutes(2)));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(9u)]
    public async Task ADeviceOfAnotherMinorVersionServesAWholeSession(uint minor)
    {
        var peer = new Peer(1, minor);
        await using var device = await PeerDevice.StartAsync(peer, end => new EmulatedCard(
            CardDesign.Daq(Options), end, new LinkSessionOptions(Pacing.FreeRunning, Scenario.Run.LinkLatency), Scenario.Run.CompletionTimeout));
        using (var host = await ConnectAsync(device.Address))
        {
            Assert.Equal((1u, 6u), (device.Host!.Version.Major, device.Host.Version.Minor));
            Assert.Equal(peer.HasReplay, host.Replay is not null);
            AssertSame(new HostRun(Scenario, host, output: null).Execute("grpc",
                () => CardStatistics.Of(device.Card!.GetStatistics()),
                TestContext.Current.CancellationToken));
        }
        Assert.True(device.HasDetached);
        // An older device would take it for a breach of the protocol.
        if (!peer.HasReplay) Assert.Equal(0, device.Acknowledgements);
    }

    // Whoever is refused is told by whom, why, and what to do; the refusal is the other side's where that is the one that knows.
    [Fact]
    public async Task AnotherMajorVersionIsRefusedBothWaysAndTheTextSaysWhatToDo()
    {
        using var card = new CardHost(CardDesign.Daq(Options), Scenario.Run.CompletionTimeout);
        await using var server = await LinkServer.StartAsync(new LinkServerOptions(LinkUri.Parse("http://127.0.0.1:0")),
            new AttachService(card, new AttachOptions()), card, TestContext.Current.CancellationToken);
        var hostRefused = Assert.IsType<RpcException>(
            Assert.Throws<AggregateException>(() => new PeerHost(new Peer(2, 0), server.Address, 500)).InnerException);
        Assert.Equal(StatusCode.FailedPrecondition, hostRefused.StatusCode);
        Assert.Contains("speaks protocol 1.6, the host 2.0. Both need the same major version: use an emulator and a driver model",
            hostRefused.Status.Detail, StringComparison.Ordinal);

        await using var device = await PeerDevice.StartAsync(new Peer(2, 3), _ => throw new InvalidOperationException("There is no session."));
        var deviceRefused = await Assert.ThrowsAsync<LinkRefusedException>(() => ConnectAsync(device.Address));
        Assert.Contains("it speaks protocol 2.3, this host 1.6. Both need the same major version: use an emulator and a driver model",
            deviceRefused.Message, StringComparison.Ordinal);
    }

    private static Task<GrpcHostTransport> ConnectAsync(LinkUri address) => HostConnector.ConnectAsync(
        address, new ConnectOptions("ours", Pacing.FreeRunning, Scenario.Run.LinkLatency), TestContext.Current.CancellationToken);

    private static void AssertSame(RunReport ran)
    {
        var report = (DaqReport)ran;
        Assert.True(report.Outcome == RunOutcome.Completed, report.Failure);
        Assert.InRange(report.Chunks.Delivered, 100, long.MaxValue);
        Assert.Equal((Ours.Digest, Ours.Chunks.Delivered, true), (report.Digest, report.Chunks.Delivered, report.Accounted));
    }
}
