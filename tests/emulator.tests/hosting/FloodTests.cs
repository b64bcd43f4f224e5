using System.Diagnostics;
using System.Net.Sockets;
using Grpc.Core;
using Pcie.Control.Wire;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Link;
using Pcie.Link.Grpc.Device;
using Pcie.Link.Grpc.Host;
using Pcie.Time;
using Wire = Pcie.Link.Grpc.Wire;

namespace Pcie.Emulator.Tests.Hosting;

/// <summary>
/// One client floods; another one's calls of the control service are answered meanwhile, memory stays bounded, and the card is free afterwards.
/// <code>
/// BareHost, many calls ──┐
///                        ├── LinkServer ── AttachService, CardControlService ── CardHost ── DaqCard
/// CardControlClient ─────┘
/// </code>
/// </summary>
[Collection(MemoryTests.Name)]
public sealed class FloodTests : IAsyncLifetime
{
    // For a call that takes a millisecond; what else a loaded machine does comes on top.
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(1);

    private const long MostMemory = 200L << 20;

    private readonly CardHost card;
    private readonly AttachService attach;
    private LinkServer server = null!;

    public FloodTests()
    {
        var options = new AttachOptions { GracePeriod = TimeSpan.FromSeconds(1), KeepAlive = Loopback.Long };
        card = new CardHost(CardDesign.Daq(new DaqCardOptions()), Duration.FromMilliseconds(50), hosts: () => options.Counters.All);
        attach = new AttachService(card, options);
    }

    public async ValueTask InitializeAsync()
    {
        server = await LinkServer.StartAsync(new LinkServerOptions(LinkUri.Parse("http://127.0.0.1:0")), attach, card, Loopback.Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        card.Dispose();
    }

    [Fact]
    public async Task AttachCallsInMassesAreRefusedAndCountedAndTheControlServiceAnswers()
    {
        const int Calls = 300;
        var before = GC.GetTotalMemory(true);
        using var channels = new Channels(server.Address, 10);
        var refusals = Enumerable.Range(0, Calls).Select(i => RefusalOf(channels[i % 10])).ToArray();

        while (!Task.WhenAll(refusals).IsCompleted) await AssertControlAnswersAsync();

        // The first ones wait for a hello that does not come; the others do not wait. Which calls never came so far depends on the streams
        // that a connection has.
        var statuses = await Task.WhenAll(refusals);
        Assert.All(statuses, s => Assert.True(s.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded, $"{s}"));
        Assert.Contains(statuses, s => s.Detail.Contains("try again", StringComparison.Ordinal));
        Assert.Contains(statuses, s => s.Detail.Contains("its first message must be HostHello", StringComparison.Ordinal));
        Assert.Equal(Calls, attach.Counters[AttachOutcome.RefusedSilent] + attach.Counters[AttachOutcome.RefusedCrowded]);
        Assert.InRange(GC.GetTotalMemory(true) - before, long.MinValue, MostMemory);
        await AssertCardIsFreeAsync();

        static async Task<Status> RefusalOf(Grpc.Net.Client.GrpcChannel channel)
        {
            using var call = new Wire.PcieLink.PcieLinkClient(channel).Attach(cancellationToken: Loopback.Cancelled);
            return (await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Loopback.Cancelled))).Status;
        }
    }

    [Fact]
    public async Task ConnectionsInMassesCloseTheirOwnAndShutNobodyOut()
    {
        using var host = await HostConnector.ConnectAsync(
            server.Address, new ConnectOptions("the owner", Pacing.WallClock, Duration.Zero) { KeepAlive = Loopback.Long }, Loopback.Cancelled);
        using var channels = new Channels(server.Address, 200);
        for (var i = 0; i < 200; i++)
        {
            using var call = new CardControl.CardControlClient(channels[i]).GetStatisticsAsync(
                new StatisticsRequest(), cancellationToken: Loopback.Cancelled);
            await call.ResponseAsync.WaitAsync(Bound, Loopback.Cancelled);
        }

        await AssertControlAnswersAsync();
        Assert.InRange(attach.Counters[AttachOutcome.ConnectionClosed], 100, 200);
        Assert.Null(host.Down);
        Assert.Equal(0, host.Resumptions);
    }

    // A stranger needs no certificate for this, and says nothing.
    [Fact]
    public async Task ConnectionsBeyondTheLimitEndAndStayEnded()
    {
        const int Strangers = 500;
        var sockets = Enumerable.Range(0, Strangers)
            .Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)).ToList();
        try
        {
            var closed = 0;
            foreach (var socket in sockets)
            {
                await socket.ConnectAsync("127.0.0.1", server.Address.Port, Loopback.Cancelled);
                _ = CountEndAsync(socket);
            }
            // Those that the limit leaves say nothing, and stay.
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref closed) >= Strangers - 64, Loopback.Long), $"{closed} were closed");
            await AssertControlAnswersAsync();
            Assert.InRange(closed, Strangers - 64, Strangers - 62);

            async Task CountEndAsync(Socket socket)
            {
                try
                {
                    while (await socket.ReceiveAsync(new byte[256]) > 0)
                    {
                        // HTTP/2's settings.
                    }
                }
                catch (SocketException)
                {
                    // Reset.
                }
                Interlocked.Increment(ref closed);
            }
        }
        finally
        {
            foreach (var socket in sockets) socket.Dispose();
        }
    }

    [Fact]
    public async Task CallsOfTheControlServiceInMassesLeaveOthersTheirTurn()
    {
        var before = GC.GetTotalMemory(true);
        using var channels = new Channels(server.Address, 4);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Loopback.Cancelled);
        var flood = Enumerable.Range(0, 64).Select(i => Task.Run(async () =>
        {
            var client = new CardControl.CardControlClient(channels[i % 4]);
            for (var calls = 0; ; calls++)
            {
                if (enough.IsCancellationRequested) return calls;
                await client.DescribeAsync(new DescribeRequest(), cancellationToken: Loopback.Cancelled);
            }
        })).ToArray();

        for (var i = 0; i < 50; i++) await AssertControlAnswersAsync();
        await enough.CancelAsync();

        Assert.InRange((await Task.WhenAll(flood)).Sum(), 64, int.MaxValue);
        Assert.InRange(GC.GetTotalMemory(true) - before, long.MinValue, MostMemory);
        await AssertCardIsFreeAsync();
    }

    // It asks for answers and takes none: HTTP/2's windows fill, then the replay buffer, then the queue.
    [Theory]
    [InlineData(Wire.ClockMode.WallClock)]
    [InlineData(Wire.ClockMode.FreeRunning)]
    public async Task FramesInMassesWhoseAnswersNobodyTakesDoNotKeepOthersFromLookingIn(Wire.ClockMode mode)
    {
        var before = GC.GetTotalMemory(true);
        using (var host = new BareHost(HostConnector.OpenChannel(server.Address, TimeSpan.FromMinutes(1))))
        {
            var epoch = await AttachAsync(host, mode);
            var sending = SendAsync();
            // A host that is not heard any more waits with its writes: that is flow control, and no reason to wait for it.
            while (!sending.IsCompleted)
            {
                await AssertControlAnswersAsync();
                await Task.WhenAny(sending, Task.Delay(TimeSpan.FromMilliseconds(20), Loopback.Cancelled));
                if (attach.Owner is null || stuck.Elapsed > TimeSpan.FromSeconds(2)) break;
            }
            for (var i = 0; i < 20; i++) await AssertControlAnswersAsync();
            Assert.InRange(GC.GetTotalMemory(true) - before, long.MinValue, 2 * MostMemory);

            async Task SendAsync()
            {
                for (ulong sequence = 1; sequence <= 3000; sequence++)
                {
                    var frame = new Wire.Frame { Epoch = epoch, Sequence = sequence, PromiseRequested = mode == Wire.ClockMode.FreeRunning };
                    for (var i = 0u; i < 500; i++) frame.Tlps.Add(new Wire.Tlp { Kind = Wire.TlpKind.ConfigRead, Tag = i, Length = 4, FirstBe = 15 });
                    try
                    {
                        await host.SendAsync(new Wire.HostMessage { Frame = frame });
                    }
                    catch (Exception e) when (e is RpcException or InvalidOperationException or OperationCanceledException)
                    {
                        return;
                    }
                    stuck.Restart();
                }
            }
        }
        await AssertCardIsFreeAsync();
    }

    private readonly Stopwatch stuck = Stopwatch.StartNew();

    // Free-running, a host may promise centuries of silence. The card's source runs, and it has nobody to say so to.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AHostThatLetsTheCardRunForCenturiesKeepsNobodyFromLookingInAndLosesTheCardWhenItGoes(bool endOfRun)
    {
        using (var host = new BareHost(HostConnector.OpenChannel(server.Address, TimeSpan.FromMinutes(1))))
        {
            var epoch = await AttachAsync(host, Wire.ClockMode.FreeRunning);
            const uint Bar = 0xE000_0000;
            var frame = new Wire.Frame { Epoch = epoch, Sequence = 1, PromiseNs = 1_000_000, PromiseRequested = true };
            frame.Tlps.Add(Write(Wire.TlpKind.ConfigWrite, 0x10, Bar));
            frame.Tlps.Add(Write(Wire.TlpKind.ConfigWrite, 0x04, 2));
            frame.Tlps.Add(Write(Wire.TlpKind.MemoryWrite, Bar + DaqHost.OffsetOf("SOURCE_CONTROL"), 1));
            await host.SendAsync(new Wire.HostMessage { Frame = frame });
            var centuries = new Wire.Frame { Epoch = epoch, Sequence = 2, PromiseNs = 1UL << 62, PromiseRequested = true };
            if (endOfRun) centuries.EndOfRunNs = 1UL << 62;
            await host.SendAsync(new Wire.HostMessage { Frame = centuries });

            ulong produced = 0;
            for (var i = 0; i < 1000 && produced < 1_000_000; i++) produced = (await AssertControlAnswersAsync()).Counters["chunks.produced"];
            Assert.InRange(produced, 1_000_000ul, ulong.MaxValue);
        }
        await AssertCardIsFreeAsync();

        static Wire.Tlp Write(Wire.TlpKind kind, ulong address, uint value) => new()
        {
            Kind = kind, Address = address, Length = 4, FirstBe = 15, Payload = Google.Protobuf.ByteString.CopyFrom(BitConverter.GetBytes(value)),
        };
    }

    private static async Task<ulong> AttachAsync(BareHost host, Wire.ClockMode mode)
    {
        var hello = BareHost.GoodHello;
        hello.ClockMode = mode;
        hello.LatencyNs = mode == Wire.ClockMode.FreeRunning ? 500u : 0;
        hello.Capabilities.Add("replay");
        await host.SendAsync(new Wire.HostMessage { Hello = hello });
        return (await host.ReceiveAsync()).Hello.Epoch;
    }

    private async Task<Statistics> AssertControlAnswersAsync()
    {
        using var channel = HostConnector.OpenChannel(server.Address, TimeSpan.FromMinutes(1));
        return await new CardControl.CardControlClient(channel).GetStatisticsAsync(
            new StatisticsRequest(), deadline: DateTime.UtcNow + Bound, cancellationToken: Loopback.Cancelled);
    }

    // The flooder's session may be kept for the grace period.
    private async Task AssertCardIsFreeAsync()
    {
        Assert.True(SpinWait.SpinUntil(() => attach.Owner is null, Loopback.Long));
        using var next = await HostConnector.ConnectAsync(
            server.Address, new ConnectOptions("next", Pacing.WallClock, Duration.Zero) { Wait = Loopback.Long }, Loopback.Cancelled);
        Assert.Null(next.Down);
    }

    private sealed class Channels(LinkUri address, int count) : IDisposable
    {
        private readonly Grpc.Net.Client.GrpcChannel[] all =
            [.. Enumerable.Range(0, count).Select(_ => HostConnector.OpenChannel(address, TimeSpan.FromMinutes(1)))];

        public Grpc.Net.Client.GrpcChannel this[int index] => all[index];

        public void Dispose() => Array.ForEach(all, channel => channel.Dispose());
    }
}
