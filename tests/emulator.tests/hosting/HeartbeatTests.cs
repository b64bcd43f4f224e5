using Pcie.Link;
using Pcie.Link.DataLinkLayer;
using Pcie.Link.Grpc.Carriers;
using Pcie.Link.Grpc.Device;
using Pcie.Link.Grpc.Host;
using Pcie.Fixtures;
using Pcie.Pci;
using Pcie.Time;
using Wire = Pcie.Link.Grpc.Wire;

namespace Pcie.Emulator.Tests.Hosting;

/// <summary>
/// The other side falls silent, or only seems to (link.proto, 8):
/// <code>
/// GrpcHostTransport or a bare host ── CuttingProxy, which swallows ── LinkServer ── AttachService ── the test's device
/// </code>
/// </summary>
public sealed class HeartbeatTests
{
    private static readonly TimeSpan ShortGrace = TimeSpan.FromMilliseconds(50);

    public static TheoryData<string, Pacing, bool> Silences => new()
    {
        { "http", Pacing.WallClock, false },
        { "http", Pacing.WallClock, true },
        { "http", Pacing.FreeRunning, false },
        { "unix", Pacing.WallClock, true },
        { "unix", Pacing.FreeRunning, false },
    };

    [Theory]
    [MemberData(nameof(Silences))]
    public async Task BothSidesFindASilentPeerByTheTimesThatTheirUsersSet(string medium, Pacing pacing, bool streaming)
    {
        var (ofHost, ofDevice) = (TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(500));
        var time = new SteppedTime();
        await using var loopback = await Loopback.StartAsync(Listen(medium), Streaming(streaming), ShortGrace, ofDevice, time);
        using var proxy = new CuttingProxy(loopback.Address, medium == "unix" ? SocketPath("silent") : null, 0, seed: 1);
        using var host = await ConnectAsync(proxy.Address, ofHost, time, pacing);
        for (var i = 0; streaming && i < 20; i++) host.Pool.Return(host.Receive(Loopback.Long)!);

        proxy.Swallow();

        // What was under way is still heard for a moment. The host, then, tries another connection, which gets nowhere.
        (DeviceAttachment, LinkDown Down) ended = default;
        for (var steps = 0; host.Down is null || ended.Down is null; steps++)
        {
            time.Advance(TimeSpan.FromMilliseconds(steps < 3000 ? 10 : throw new TimeoutException()));
            while (host.Receive(TimeSpan.FromMilliseconds(10)) is { } frame) host.Pool.Return(frame);
            // Down, a host does not wait any more.
            if (ended.Down is null) loopback.Ended.TryTake(out ended, host.Down is null ? 0 : 10, Loopback.Cancelled);
        }
        Assert.Equal((LinkDownReason.PeerGone, LinkDownReason.PeerGone), (host.Down.Reason, ended.Down.Reason));
        Assert.Contains("Nothing was heard for 0.2 s", host.Down.Message, StringComparison.Ordinal);
        Assert.Contains("Nothing was heard for 0.5 s", ended.Down.Message, StringComparison.Ordinal);
    }

    // It does not take what it is sent, but says that it is there; and so does the device, in front of which the frames pile up.
    [Fact]
    public async Task AHostThatTakesNothingForLongIsNotSilentAndNeitherIsItsDevice()
    {
        var (keepAlive, time) = (TimeSpan.FromSeconds(1), new SteppedTime());
        await using var loopback = await Loopback.StartAsync(run: Streaming(true), keepAlive: keepAlive, time: time);
        using var proxy = new CuttingProxy(loopback.Address, null, 0, seed: 1);
        using var host = await ConnectAsync(proxy.Address, keepAlive, time);
        // All that it can, it has sent when it waits.
        var device = (GrpcDeviceTransport)loopback.Attach.Owner!.Transport;
        Assert.True(SpinWait.SpinUntil(() => host.ReplayPayload == 0 && device.ReplayPayload >= 16 << 20, Loopback.Long));

        // Twelve heartbeats of the host, each of which the device has heard: three times the keep-alive.
        for (var i = 0; i < 12; i++)
        {
            var before = device.MessagesOfPeer;
            time.Advance(keepAlive / 4);
            Assert.True(SpinWait.SpinUntil(() => device.MessagesOfPeer > before, Loopback.Long));
        }

        for (var next = 1u; next < 200; next++)
        {
            var frame = host.Receive(Loopback.Long)!;
            Assert.Equal(next, frame.Sequence);
            host.Pool.Return(frame);
        }
        Assert.Equal((null, 0), (host.Down, host.Resumptions));
    }

    [Fact]
    public async Task ADeviceSpeaksEveryQuarterOfItsHostsKeepAliveThoughItHasNothingToSay()
    {
        var time = new SteppedTime();
        await using var loopback = await Loopback.StartAsync(run: AnsweringOnce, time: time, keepAlive: TimeSpan.FromDays(1));
        using var host = loopback.ConnectBare();
        var device = await host.AttachAsync(WithHeartbeat(1000));
        Assert.Equal([HeartbeatOptions.Capability], device.Capabilities);
        Assert.Equal(86_400_000u, device.KeepAliveMs);
        // Its session has begun when it has answered.
        await host.SendAsync(new() { Frame = new Wire.Frame { Epoch = device.Epoch, Sequence = 1 } });
        Assert.Equal(1u, (await host.ReceiveAsync()).Frame.Sequence);

        for (var i = 0; i < 5; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(250));
            // It has no sequence number, and acknowledges the same again and again.
            Assert.Equal(new Wire.Acknowledgement { Epoch = device.Epoch, Sequence = 1 }, (await host.ReceiveAsync()).Acknowledgement);
        }
    }

    [Fact]
    public async Task AHostThatBreaksItsPromiseToSpeakIsGoneAfterTheKeepAliveAndTheCardIsFree()
    {
        var time = new SteppedTime();
        await using var loopback = await Loopback.StartAsync(time: time, keepAlive: TimeSpan.FromSeconds(8));
        using var host = loopback.ConnectBare();
        await host.AttachAsync(WithHeartbeat(1000));

        (DeviceAttachment, LinkDown Down) ended;
        // HTTP/2 may still have something to say on its own account.
        for (var looks = 0; !loopback.Ended.TryTake(out ended, 10, Loopback.Cancelled); looks++)
            time.Advance(TimeSpan.FromSeconds(looks < 1000 ? 1 : throw new TimeoutException()));

        Assert.Equal("The host is gone: Nothing was heard for 8 s (--keep-alive).", ended.Down.Message);
        using var next = await loopback.ConnectAsync();
        Assert.Equal(2u, next.Epoch);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WithoutTheCapabilityThereAreNoHeartbeatsAndNothingIsExpectedOfTheHost(bool replay)
    {
        var time = new SteppedTime();
        await using var loopback = await Loopback.StartAsync(run: AnsweringOnce, time: time);
        using var host = loopback.ConnectBare();
        var hello = BareHost.GoodHello;
        if (replay) hello.Capabilities.Add(ReplayOptions.Capability);
        var device = await host.AttachAsync(hello);

        time.Advance(TimeSpan.FromDays(1));
        await host.SendAsync(new() { Frame = new Wire.Frame { Epoch = device.Epoch, Sequence = 1 } });

        Assert.Equal(1u, (await host.ReceiveAsync()).Frame.Sequence);
        Assert.Equal(0u, device.KeepAliveMs);
    }

    private static Wire.HostHello WithHeartbeat(uint keepAliveMs)
    {
        var hello = BareHost.GoodHello;
        hello.Capabilities.Add(HeartbeatOptions.Capability);
        hello.KeepAliveMs = keepAliveMs;
        return hello;
    }

    private static void AnsweringOnce(DeviceAttachment device)
    {
        device.Transport.Pool.Return(device.Transport.Receive(Timeout.InfiniteTimeSpan)!);
        device.Transport.Send(device.Transport.Pool.Rent());
        Loopback.Sink(device);
    }

    private static Action<DeviceAttachment> Streaming(bool streaming) => device =>
    {
        while (streaming && device.Transport.Down is null)
        {
            var frame = device.Transport.Pool.Rent();
            frame.Add(Tlp.Request(TlpKind.MemoryWrite, 0x100000, 1 << 20)).Clear();
            device.Transport.Send(frame);
        }
        Loopback.Sink(device);
    };

    private static Task<GrpcHostTransport> ConnectAsync(LinkUri address, TimeSpan keepAlive, TimeProvider time, Pacing pacing = Pacing.WallClock) =>
        HostConnector.ConnectAsync(address,
            new ConnectOptions("test", pacing, new Duration(pacing == Pacing.FreeRunning ? 500 : 0)) { KeepAlive = keepAlive, Time = time },
            Loopback.Cancelled);

    private static string Listen(string medium) => medium == "unix" ? $"unix:{SocketPath("beating")}" : "http://127.0.0.1:0";

    private static string SocketPath(string name) =>
        Path.Combine(Path.GetTempPath(), $"emulator-{name}-{Environment.ProcessId}.sock");
}
