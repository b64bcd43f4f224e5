using System.Buffers.Binary;
using System.Security.Cryptography;
using Pcie.Fixtures;
using Pcie.Link;
using Pcie.Link.Grpc.Device;
using Pcie.Link.Grpc.Host;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Emulator.Tests.Hosting;

/// <summary>
/// A session whose connection is lost, and comes back or does not:
/// <code>
/// GrpcHostTransport ── CuttingProxy ── LinkServer ── AttachService ── the test's device
/// </code>
/// </summary>
public sealed class ReconnectTests
{
    public static TheoryData<string> Media => ["http", "unix"];

    [Theory]
    [MemberData(nameof(Media))]
    public async Task AThousandCutsLoseNothingAndApplyNothingTwice(string medium)
    {
        const int Cuts = 1000;
        var (sentHash, stop) = (IncrementalHash.CreateHash(HashAlgorithmName.SHA256), false);
        var sent = 0L;
        using var receivedByDevice = new ManualResetEventSlim();
        var deviceTook = 0L;
        await using var loopback = await Loopback.StartAsync(Listen(medium), device =>
        {
            // Streams chunks of changing length; every 16th waits for the host's word on another one.
            var chunk = new byte[4096];
            while (device.Transport.Down is null && !Volatile.Read(ref stop))
            {
                BinaryPrimitives.WriteInt64LittleEndian(chunk, sent);
                var length = 8 + (int)(sent * 52 % 4000) / 4 * 4;
                chunk.AsSpan(8, length - 8).Fill((byte)sent);
                var frame = device.Transport.Pool.Rent();
                frame.Add(Tlp.Request(TlpKind.MemoryWrite, 0x100000, length), chunk.AsSpan(0, length));
                sentHash.AppendData(chunk, 0, length);
                device.Transport.Send(frame);
                sent++;
                while (device.Transport.Receive(TimeSpan.Zero) is { } heard) Took(heard);
            }
            Last();
            Loopback.Serve(device, Took);

            void Took(Frame frame)
            {
                Assert.Equal((ulong)deviceTook * 8, frame[0].Address);
                deviceTook++;
            }

            void Last()
            {
                var frame = device.Transport.Pool.Rent();
                frame.Add(Tlp.Request(TlpKind.MemoryWrite, 0x200000, 4), [0, 0, 0, 0]);
                device.Transport.Send(frame);
            }
        });
        using var proxy = new CuttingProxy(loopback.Address, medium == "unix" ? SocketPath("cut") : null, Cuts, seed: 7);
        var hostSent = 0L;
        using (var host = await ConnectAsync(proxy.Address, TimeSpan.FromSeconds(20)))
        {
            proxy.StartCutting();
            using var received = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var next = 0L;
            while (host.Receive(Loopback.Long) is { } frame)
            {
                var last = frame[0].Address == 0x200000;
                if (!last)
                {
                    Assert.Equal(next++, BinaryPrimitives.ReadInt64LittleEndian(frame.PayloadOf(frame[0])));
                    received.AppendData(frame.PayloadOf(frame[0]));
                }
                host.Pool.Return(frame);
                if (last) break;
                if (proxy.Cuts >= Cuts) Volatile.Write(ref stop, true);
                if (next % 16 != 0) continue;
                var word = host.Pool.Rent();
                word.Add(Tlp.Request(TlpKind.MemoryWrite, (ulong)hostSent++ * 8, 4), [1, 2, 3, 4]);
                host.Send(word);
            }
            Assert.True(host.Down is null, host.Down?.Message);
            Assert.Equal(sent, next);
            Assert.Equal(sentHash.GetHashAndReset(), received.GetHashAndReset());
            // A cut may hit an attempt to resume, so several cuts may be one resumption.
            Assert.InRange(host.Resumptions, Cuts / 10, Cuts + 10);
        }
        Assert.Equal(LinkDownReason.Detached, loopback.TakeEnded().Down.Reason);
        Assert.Equal(hostSent, deviceTook);
        Assert.InRange(proxy.Cuts, Cuts, Cuts + 10);
    }

    [Theory]
    [MemberData(nameof(Media))]
    public async Task PastTheGracePeriodBothSidesSeeSurpriseRemovalAndTheCardCanBeAttachedAfresh(string medium)
    {
        await using var loopback = await Loopback.StartAsync(Listen(medium), gracePeriod: TimeSpan.FromMilliseconds(200));
        using var proxy = new CuttingProxy(loopback.Address, medium == "unix" ? SocketPath("gone") : null, 0, seed: 1);
        using var host = await ConnectAsync(proxy.Address, TimeSpan.FromSeconds(10));

        proxy.Unplug();

        Assert.Null(host.Receive(Loopback.Long));
        Assert.Equal(LinkDownReason.PeerGone, host.Down!.Reason);
        Assert.Contains("could not be resumed: no connection to", host.Down.Message, StringComparison.Ordinal);
        var (_, down) = loopback.TakeEnded();
        Assert.Equal(LinkDownReason.PeerGone, down.Reason);
        Assert.Contains("It did not come back within 0.2 s", down.Message, StringComparison.Ordinal);
        using var next = await loopback.ConnectAsync();
        Assert.Null(next.Down);
    }

    [Fact]
    public async Task AHostWhoseDeviceDoesNotListenAnyMoreDoesNotWaitForTheGracePeriod()
    {
        var loopback = await Loopback.StartAsync(gracePeriod: TimeSpan.FromHours(1));
        var proxy = new CuttingProxy(loopback.Address, null, 0, seed: 1);
        using var host = await ConnectAsync(proxy.Address, TimeSpan.FromHours(1));

        proxy.Dispose();

        Assert.Null(host.Receive(Loopback.Long));
        Assert.Contains("nobody listens at", host.Down!.Message, StringComparison.Ordinal);
        await loopback.DisposeAsync();
    }

    [Fact]
    public async Task AnotherHostIsToldToTryAgainWhileTheOwnersConnectionIsLostAndThenGetsTheCard()
    {
        await using var loopback = await Loopback.StartAsync(gracePeriod: TimeSpan.FromMilliseconds(300));
        using var proxy = new CuttingProxy(loopback.Address, null, 0, seed: 1);
        using var owner = await ConnectAsync(proxy.Address, TimeSpan.FromSeconds(10));

        proxy.Unplug();
        var owned = (GrpcDeviceTransport)loopback.Attach.Owner!.Transport;
        Assert.True(SpinWait.SpinUntil(() => !owned.HasHost, Loopback.Long));
        using var next = await loopback.ConnectAsync("next");

        Assert.Equal(2u, next.Epoch);
        Assert.Equal(LinkDownReason.PeerGone, loopback.TakeEnded().Down.Reason);
    }

    [Fact]
    public async Task AStrangerWithoutTheTokenCannotTakeASessionOver()
    {
        await using var loopback = await Loopback.StartAsync();
        using var owner = await loopback.ConnectAsync("owner");
        using var stranger = loopback.ConnectBare();
        var hello = BareHost.GoodHello;
        hello.Resume = new() { Epoch = owner.Epoch, Token = Google.Protobuf.ByteString.CopyFrom(new byte[16]) };
        await stranger.SendAsync(new() { Hello = hello });

        var refusal = await stranger.RefusalAsync();

        Assert.Equal(Grpc.Core.StatusCode.FailedPrecondition, refusal.StatusCode);
        Assert.Contains("Attach afresh", refusal.Detail, StringComparison.Ordinal);
        Assert.Equal(1, loopback.Attach.Counters[AttachOutcome.RefusedResume]);
        Assert.Null(owner.Down);
    }

    [Fact]
    public async Task WithoutAGracePeriodALostConnectionIsASurpriseRemovalAtOnce()
    {
        await using var loopback = await Loopback.StartAsync(gracePeriod: TimeSpan.Zero);
        using var proxy = new CuttingProxy(loopback.Address, null, 0, seed: 1);
        using var host = await ConnectAsync(proxy.Address, TimeSpan.FromHours(1));
        Assert.Null(host.Replay);

        proxy.Unplug();

        Assert.Null(host.Receive(Loopback.Long));
        Assert.Equal(LinkDownReason.PeerGone, loopback.TakeEnded().Down.Reason);
    }

    [Theory]
    [InlineData(0u, 0u)]
    [InlineData(1u, 1u)]
    [InlineData(9u, 6u)]
    public async Task AnOlderAndANewerPeerAreServedWithTheLowerMinorVersion(uint minor, uint inForce)
    {
        await using var loopback = await Loopback.StartAsync();
        using var host = loopback.ConnectBare();
        var hello = BareHost.GoodHello;
        hello.Version.Minor = minor;
        // What is not known is ignored; what an older peer does not ask for is not in force.
        hello.Capabilities.Add(minor == 0 ? [] : ["replay", "from-the-future"]);
        await host.SendAsync(new() { Hello = hello });

        var answer = (await host.ReceiveAsync()).Hello;

        Assert.Equal(inForce, answer.Version.Minor);
        Assert.Equal(minor == 0 ? [] : ["replay"], answer.Capabilities);
        Assert.Equal(minor == 0 ? 0 : 16, answer.Token.Length);
    }

    private static Task<GrpcHostTransport> ConnectAsync(LinkUri address, TimeSpan gracePeriod, Pacing pacing = Pacing.WallClock) =>
        HostConnector.ConnectAsync(address,
            new ConnectOptions("test", pacing, new Duration(pacing == Pacing.FreeRunning ? 500 : 0))
            {
                GracePeriod = gracePeriod, KeepAlive = Loopback.Long,
            },
            Loopback.Cancelled);

    private static string Listen(string medium) => medium == "unix" ? $"unix:{SocketPath("card")}" : "http://127.0.0.1:0";

    private static string SocketPath(string name) =>
        Path.Combine(Path.GetTempPath(), $"emulator-{name}-{Environment.ProcessId}.sock");
}
