using Pcie.Control.Wire;
using Pcie.Emulator.Control;
using Pcie.Emulator.Hosting;
using Pcie.Fixtures;
using Pcie.Link;
using Pcie.Link.DataLinkLayer;
using Pcie.Link.Grpc.Device;
using Pcie.Link.Grpc.Host;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Bench;

/// <summary>A gRPC server of this process whose device answers each frame with an empty one, and a host attached to it.</summary>
internal sealed class EchoDevice : IDisposable
{
    private readonly LinkServer server;
    private readonly CuttingProxy? cable;
    private GrpcHostTransport host;

    private EchoDevice(LinkServer server, GrpcHostTransport host, CuttingProxy? cable) =>
        (this.server, this.host, this.cable) = (server, host, cable);

    /// <summary>Where the host connects.</summary>
    public LinkUri Address => cable?.Address ?? server.Address;

    /// <param name="replay">Whether a session outlives its connection.</param>
    /// <param name="viaCable">Through a cable that <see cref="CutAndRoundTrip"/> cuts.</param>
    public static EchoDevice Start(string listen, bool replay = true, bool viaCable = false)
    {
        var attach = new AttachService(
            new Engine(), new AttachOptions { GracePeriod = replay ? ReplayOptions.DefaultGracePeriod : TimeSpan.Zero });
        var server = LinkServer.StartAsync(new LinkServerOptions(LinkUri.Parse(listen)), attach, new NoCard(), default).Result;
        var cable = viaCable ? new CuttingProxy(server.Address, null, 0, 0) : null;
        return new EchoDevice(server, Connect(cable?.Address ?? server.Address), cable);
    }

    private static GrpcHostTransport Connect(LinkUri address) => HostConnector.ConnectAsync(
        address, new ConnectOptions("bench", Pacing.FreeRunning, LatencyRange.Default), default).Result;

    /// <summary>Leaves the card in good order, as it must be free to be attached.</summary>
    public void Detach() => host.Dispose();

    /// <summary>Attaches to the card that was left, over a new connection, and waits for an answer.</summary>
    public void AttachAndRoundTrip()
    {
        host = Connect(Address);
        RoundTrip();
    }

    /// <summary>Cuts the connection, and then waits for an answer, which comes over the next one.</summary>
    public void CutAndRoundTrip()
    {
        cable!.CutNow();
        RoundTrip();
    }

    /// <summary>Cuts the connection, and with it the session, as there is no replay; attaches anew, and waits for an answer.</summary>
    public void CutAndAttachAnew()
    {
        cable!.CutNow();
        while (host.Receive(Timeout.InfiniteTimeSpan) is { } late) host.Pool.Return(late);
        var before = host;
        while (true)
        {
            try
            {
                host = Connect(Address);
                break;
            }
            catch (AggregateException e) when (e.InnerException is LinkRefusedException)
            {
                // The device has not heard of the cut yet: the card is still owned.
            }
        }
        RoundTrip();
        before.Dispose();
    }

    /// <summary>A frame there and one back.</summary>
    /// <returns>The answer's sequence number.</returns>
    public ulong RoundTrip()
    {
        var request = host.Pool.Rent();
        request.PromiseRequested = true;
        request.Add(Tlp.Request(TlpKind.MemoryRead, 0x2000_0020, 4), default);
        host.Send(request);
        var reply = host.Receive(Timeout.InfiniteTimeSpan) ?? throw new InvalidOperationException($"The link is down: {host.Down}.");
        var sequence = reply.Sequence;
        host.Pool.Return(reply);
        return sequence;
    }

    public void Dispose()
    {
        host.Dispose();
        cable?.Dispose();
        server.DisposeAsync().AsTask().Wait();
    }

    /// <param name="streaming">Sends frames of a megabyte rather than answers.</param>
    internal sealed class Engine(bool streaming = false) : IDeviceEngine
    {
        public DeviceName Device { get; } = new("echo", 0x1234, 0x5678);

        public void Run(DeviceAttachment attachment)
        {
            var transport = attachment.Transport;
            while (streaming && transport.Down is null)
            {
                var frame = transport.Pool.Rent();
                frame.Add(Tlp.Request(TlpKind.MemoryWrite, 0x100000, 1 << 20)).Clear();
                transport.Send(frame);
            }
            while (transport.Receive(Timeout.InfiniteTimeSpan) is { } request)
            {
                transport.Pool.Return(request);
                transport.Send(transport.Pool.Rent());
            }
        }
    }

    internal sealed class NoCard : ICardInspector
    {
        public CardDescription Describe() => new();
        public RegisterValue Peek(RegisterName register) => throw new CardInspectionException(true, "There are no registers.");
        public RegisterValue Poke(RegisterName register, ulong value) => Peek(register);
        public ConfigSpace ReadConfig() => new();
        public void InjectFault(InjectFaultRequest request) => throw new CardInspectionException(false, "Nothing here can fail.");

        public Statistics GetStatistics() => new();
        public IEnumerable<TraceBlock> GetTrace() => [];
    }
}
