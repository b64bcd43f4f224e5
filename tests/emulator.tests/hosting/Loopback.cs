using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Net.Client;
using Pcie.Control.Wire;
using Pcie.Emulator.Control;
using Pcie.Emulator.Hosting;
using Pcie.Link;
using Pcie.Link.Grpc.Device;
using Pcie.Link.Grpc.Host;
using Pcie.Pci;
using Pcie.Time;
using Wire = Pcie.Link.Grpc.Wire;

namespace Pcie.Emulator.Tests.Hosting;

/// <summary>
/// A real server on this machine, whose engine is the test's:
/// <code>
/// test ── GrpcHostTransport or a bare generated client ── socket ── LinkServer ── AttachService ── Engine (the test's)
/// </code>
/// </summary>
internal sealed class Loopback : IAsyncDisposable
{
    /// <summary>Long enough for the slowest machine; a test that passes never waits that long.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromMinutes(2);

    private readonly LinkServer server;

    private Loopback(LinkServer server, AttachService attach, BlockingCollection<(DeviceAttachment, LinkDown)> ended)
    {
        this.server = server;
        Attach = attach;
        Ended = ended;
    }

    public AttachService Attach { get; }

    public LinkUri Address => server.Address;

    /// <summary>The sessions that have ended.</summary>
    public BlockingCollection<(DeviceAttachment Attachment, LinkDown Down)> Ended { get; }

    public static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <param name="run">What the device does; by default it takes frames until the link is down.</param>
    public static async Task<Loopback> StartAsync(string listen = "http://127.0.0.1:0", Action<DeviceAttachment>? run = null,
        TimeSpan? gracePeriod = null, TimeSpan? keepAlive = null, TimeProvider? time = null)
    {
        var attach = new AttachService(new Engine(run ?? Sink), new AttachOptions
        {
            GracePeriod = gracePeriod ?? TimeSpan.FromSeconds(20),
            KeepAlive = keepAlive ?? Long,
            Time = time ?? TimeProvider.System,
        });
        var ended = new BlockingCollection<(DeviceAttachment, LinkDown)>();
        attach.Ended += (attachment, down) => ended.Add((attachment, down));
        var server = await LinkServer.StartAsync(new LinkServerOptions(LinkUri.Parse(listen)), attach, new NoCard(), Cancelled);
        return new Loopback(server, attach, ended);
    }

    public Task<GrpcHostTransport> ConnectAsync(string hostName = "test") =>
        HostConnector.ConnectAsync(Address, new ConnectOptions(hostName, Pacing.FreeRunning, new Duration(500)) { KeepAlive = Long }, Cancelled);

    /// <summary>A client that nothing of ours keeps from breaking the rules.</summary>
    public BareHost ConnectBare() => new(HostConnector.OpenChannel(Address, TimeSpan.FromMinutes(1)));

    public (DeviceAttachment Attachment, LinkDown Down) TakeEnded() =>
        Ended.TryTake(out var session, Long) ? session : throw new TimeoutException("The session did not end.");

    public ValueTask DisposeAsync() => server.DisposeAsync();

    /// <summary>Takes frames until the link is down.</summary>
    public static void Sink(DeviceAttachment attachment) => Serve(attachment, static _ => { });

    /// <summary>Gives every frame to a function until the link is down.</summary>
    public static void Serve(DeviceAttachment attachment, Action<Frame> serve)
    {
        while (attachment.Transport.Receive(Timeout.InfiniteTimeSpan) is { } frame)
        {
            serve(frame);
            attachment.Transport.Pool.Return(frame);
        }
    }

    private sealed class Engine(Action<DeviceAttachment> run) : IDeviceEngine
    {
        public DeviceName Device { get; } = new("test card", 0x1234, 0x5678);

        public void Run(DeviceAttachment attachment) => run(attachment);
    }

    private sealed class NoCard : ICardInspector
    {
        public CardDescription Describe() => new() { Name = "test card" };

        public RegisterValue Peek(RegisterName register) => register.Name == "ID"
            ? new RegisterValue { Name = "ID", Value = 7 }
            : throw new CardInspectionException(true, $"There is no register {register.Name}.");

        public RegisterValue Poke(RegisterName register, ulong value) =>
            throw new CardInspectionException(false, $"0x{value:X} does not fit.");

        public ConfigSpace ReadConfig() => new();

        public void InjectFault(InjectFaultRequest request) => throw new CardInspectionException(false, "This card has no faults.");

        public Statistics GetStatistics() => new();

        public IEnumerable<TraceBlock> GetTrace() => [];
    }
}

/// <summary>A host as a stranger would write it, from link.proto and the generated classes alone.</summary>
internal sealed class BareHost : IDisposable
{
    private readonly GrpcChannel channel;
    private readonly AsyncDuplexStreamingCall<Wire.HostMessage, Wire.DeviceMessage> call;

    public BareHost(GrpcChannel channel)
    {
        this.channel = channel;
        call = new Wire.PcieLink.PcieLinkClient(channel).Attach(cancellationToken: Loopback.Cancelled);
    }

    public static Wire.HostHello GoodHello => new()
    {
        Version = new Wire.ProtocolVersion { Major = 1, Minor = 7 }, HostName = "bare", ClockMode = Wire.ClockMode.WallClock,
    };

    public Task SendAsync(Wire.HostMessage message) => call.RequestStream.WriteAsync(message, Loopback.Cancelled);

    public async Task<Wire.DeviceMessage> ReceiveAsync() => await call.ResponseStream.MoveNext(Loopback.Cancelled)
        ? call.ResponseStream.Current
        : throw new EndOfStreamException("The device ended the call.");

    public async Task<Wire.DeviceHello> AttachAsync(Wire.HostHello? hello = null)
    {
        await SendAsync(new Wire.HostMessage { Hello = hello ?? GoodHello });
        return (await ReceiveAsync()).Hello;
    }

    public async Task<bool> IsEndedAsync() => !await call.ResponseStream.MoveNext(Loopback.Cancelled);

    /// <summary>The status that the device refuses with.</summary>
    public async Task<Status> RefusalAsync() => (await Assert.ThrowsAsync<RpcException>(ReceiveAsync)).Status;

    public void Dispose()
    {
        call.Dispose();
        channel.Dispose();
    }
}
