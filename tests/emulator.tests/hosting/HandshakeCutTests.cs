using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Pcie.Link;
using Pcie.Link.Grpc.Device;
using Pcie.Link.Grpc.Host;
using Pcie.Pci;
using Pcie.Time;
using Wire = Pcie.Link.Grpc.Wire;

namespace Pcie.Emulator.Tests.Hosting;

/// <summary>A connection that is lost between the hellos: the host says hello again, and is known again (link.proto, 10).</summary>
public sealed class HandshakeCutTests
{
    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task WhereverTheHandshakeIsCutTheHostAttaches(bool ofHost, bool deviceNotices)
    {
        var arrived = new SemaphoreSlim(0);
        await using var loopback = await Loopback.StartAsync(run: device => Loopback.Serve(device, _ => arrived.Release()));
        var cutAt = 0;
        for (var isPast = false; !isPast; cutAt++)
        {
            using var cable = new CutOnce(loopback.Address, ofHost, cutAt, deviceNotices);
            var host = await HostConnector.ConnectAsync(
                cable.Address, new ConnectOptions("test", Pacing.WallClock, Duration.Zero) { Wait = Loopback.Long }, Loopback.Cancelled);
            await SendAsync(host);
            // Preface, settings, headers and hellos were fewer bytes, and the frame too: all of it has been cut once.
            isPast = await cable.IsStillToCutAsync();
            // A cut that came late has been mended before the host leaves.
            await SendAsync(host);
            host.Dispose();
            Assert.Equal(LinkDownReason.Detached, EndOf(loopback).Reason);
        }
        Assert.InRange(cutAt, 100, 2_000);
        Assert.Equal(0, loopback.Attach.Counters[AttachOutcome.RefusedOwned]);

        async Task SendAsync(GrpcHostTransport host)
        {
            var frame = host.Pool.Rent();
            frame.Add(Tlp.Request(TlpKind.ConfigRead, 0, 4), default);
            host.Send(frame);
            Assert.True(await arrived.WaitAsync(Loopback.Long, Loopback.Cancelled),
                $"cut after {cutAt} bytes: the frame did not arrive; {host.Down?.Message}");
        }
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task WhereverTheFarewellIsCutTheDeviceLearnsThatTheHostIsGoneForGood(bool ofHost, bool deviceNotices)
    {
        await using var loopback = await Loopback.StartAsync(run: device => Loopback.Serve(device, _ => { }));
        var cutAt = 0;
        for (var isPast = false; !isPast; cutAt++)
        {
            using var cable = new CutOnce(loopback.Address, ofHost, int.MaxValue, deviceNotices);
            var host = await HostConnector.ConnectAsync(
                cable.Address, new ConnectOptions("test", Pacing.WallClock, Duration.Zero) { Wait = Loopback.Long }, Loopback.Cancelled);
            cable.CutAfter(cutAt);
            host.Dispose();
            isPast = await cable.IsStillToCutAsync();
            Assert.Equal(LinkDownReason.Detached, loopback.TakeEnded().Down.Reason);
        }
        Assert.InRange(cutAt, 10, 1_000);
    }

    [Fact]
    public async Task ANonceOfAnotherHostIsNoKey()
    {
        await using var loopback = await Loopback.StartAsync();
        using var first = loopback.ConnectBare();
        var hello = BareHost.GoodHello;
        hello.Capabilities.Add("replay");
        hello.Nonce = Google.Protobuf.ByteString.CopyFrom(new byte[16]);
        await first.AttachAsync(hello);

        foreach (var nonce in (byte[][])[[], [.. Enumerable.Repeat((byte)1, 16)]])
        {
            using var other = loopback.ConnectBare();
            var stranger = hello.Clone();
            stranger.Nonce = Google.Protobuf.ByteString.CopyFrom(nonce);
            await other.SendAsync(new Wire.HostMessage { Hello = stranger });
            Assert.Equal(StatusCode.ResourceExhausted, (await other.RefusalAsync()).StatusCode);
        }

        using var again = loopback.ConnectBare();
        Assert.Equal(1ul, (await again.AttachAsync(hello)).Epoch);
    }

    // A device that notices the loss before it has answered gives that session up: the hello came to nothing, and the next one begins anew.
    private static LinkDown EndOf(Loopback loopback)
    {
        while (true)
            if (loopback.TakeEnded() is var (attachment, down)
                && !(down.Reason == LinkDownReason.PeerGone && attachment.Transport is GrpcDeviceTransport { HasHeardPeer: false })) return down;
    }

    // Passes bytes on, and cuts its first connection after so many of one side; the device hears of it, or only thinks that nothing comes any more.
    private sealed class CutOnce : IDisposable
    {
        private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly List<Socket> left = [];
        private readonly TaskCompletionSource cut = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly LinkUri target;
        private readonly bool ofHost, deviceNotices;
        private int bytesLeft;

        public CutOnce(LinkUri target, bool ofHost, int cutAt, bool deviceNotices)
        {
            (this.target, this.ofHost, bytesLeft, this.deviceNotices) = (target, ofHost, cutAt, deviceNotices);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen();
            Address = LinkUri.Parse($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndPoint!).Port}");
            _ = AcceptAsync();
        }

        public LinkUri Address { get; }

        /// <summary>It cuts after so many bytes from now on.</summary>
        public void CutAfter(int bytes) => Volatile.Write(ref bytesLeft, bytes);

        /// <summary>Whether it has not cut yet; it does not any more. If it is about to, it has when this returns.</summary>
        public async Task<bool> IsStillToCutAsync()
        {
            for (var now = Volatile.Read(ref bytesLeft); now > 0; now = Volatile.Read(ref bytesLeft))
                if (Interlocked.CompareExchange(ref bytesLeft, int.MaxValue, now) == now) return true;
            await cut.Task.WaitAsync(Loopback.Long, Loopback.Cancelled);
            return false;
        }

        public void Dispose()
        {
            listener.Dispose();
            lock (left)
                foreach (var socket in left) socket.Dispose();
        }

        private async Task AcceptAsync()
        {
            for (var isFirst = true; ; isFirst = false)
            {
                var host = await listener.AcceptAsync();
                var device = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                host.NoDelay = true;
                await device.ConnectAsync(target.Host, target.Port);
                _ = PassAsync(host, device, isFirst && ofHost);
                _ = PassAsync(device, host, isFirst && !ofHost);
            }
        }

        private int Take(int count)
        {
            while (true)
            {
                var left = Volatile.Read(ref bytesLeft);
                if (Interlocked.CompareExchange(ref bytesLeft, left - Math.Min(left, count), left) == left) return Math.Min(left, count);
            }
        }

        private async Task PassAsync(Socket from, Socket to, bool cuts)
        {
            var buffer = new byte[4096];
            try
            {
                while (true)
                {
                    if (cuts && Volatile.Read(ref bytesLeft) == 0) break;
                    var count = await from.ReceiveAsync(buffer);
                    if (count == 0) break;
                    // What is beyond the cut goes no further.
                    if (cuts) count = Take(count);
                    await to.SendAsync(buffer.AsMemory(0, count));
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Over.
            }
            var (host, device) = cuts && !ofHost ? (to, from) : (from, to);
            if (!cuts || deviceNotices)
            {
                host.Dispose();
                device.Dispose();
                if (cuts) cut.TrySetResult();
                return;
            }
            host.LingerState = new LingerOption(true, 0);
            host.Dispose();
            lock (left) left.Add(device);
            cut.TrySetResult();
        }
    }
}
