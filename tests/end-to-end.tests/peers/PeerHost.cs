using Grpc.Core;
using Grpc.Net.Client;
using Pcie.Link;
using Pcie.Link.Grpc.Host;
using Pcie.Pci;
using Wire = Pcie.Link.Grpc.Wire;

namespace Pcie.EndToEnd.Tests.Peers;

/// <summary>The link of another's driver: one call, frames in turn, no replay of anything.</summary>
internal sealed class PeerHost : ILinkTransport
{
    private readonly Peer peer;
    private readonly GrpcChannel channel;
    private readonly AsyncDuplexStreamingCall<Wire.HostMessage, Wire.DeviceMessage> call;
    private ulong sent, received;

    /// <summary>Attaches, free-running.</summary>
    public PeerHost(Peer peer, LinkUri uri, ulong latencyNs)
    {
        this.peer = peer;
        channel = HostConnector.OpenChannel(uri, TimeSpan.FromMinutes(1));
        call = new Wire.PcieLink.PcieLinkClient(channel).Attach();
        var hello = new Wire.HostHello
        {
            Version = peer.Version, HostName = $"a host of {peer.Major}.{peer.Minor}", ClockMode = Wire.ClockMode.FreeRunning, LatencyNs = latencyNs,
        };
        hello.Capabilities.Add(peer.Capabilities);
        call.RequestStream.WriteAsync(new Wire.HostMessage { Hello = peer.Sent(hello) }).Wait();
        Device = Next().Hello;
    }

    public Wire.DeviceHello Device { get; }

    /// <summary>Acknowledgements that came by themselves.</summary>
    public int Acknowledgements { get; private set; }

    public FramePool Pool { get; } = new();

    public LinkDown? Down { get; private set; }

    public long FramesDiscarded => 0;

    public void Send(Frame frame)
    {
        var wire = Peer.WireOf(frame);
        (wire.Epoch, wire.Sequence, wire.Acknowledge) = (Device.Epoch, ++sent, received);
        call.RequestStream.WriteAsync(peer.Sent(new Wire.HostMessage { Frame = peer.Sent(wire) })).Wait();
    }

    public Frame? Receive(TimeSpan timeout)
    {
        while (Down is null)
        {
            var message = Next();
            if (message.Acknowledgement is not null)
            {
                Acknowledgements++;
                continue;
            }
            Assert.Equal((Device.Epoch, ++received), (message.Frame.Epoch, message.Frame.Sequence));
            return Peer.FrameOf(message.Frame, LinkDirection.DeviceToHost);
        }
        return null;
    }

    /// <summary>Detaches as link.proto says, and expects the same of the device.</summary>
    public void Close(LinkDown reason)
    {
        if (Down is not null) return;
        Down = reason;
        call.RequestStream.WriteAsync(new Wire.HostMessage { Detach = new Wire.Detach() }).Wait();
        Assert.NotNull(Next().Detached);
        Assert.False(call.ResponseStream.MoveNext(CancellationToken.None).Result);
    }

    public void Wake()
    {
    }

    public void Dispose()
    {
        call.Dispose();
        channel.Dispose();
    }

    private Wire.DeviceMessage Next() => call.ResponseStream.MoveNext(CancellationToken.None).Result
        ? call.ResponseStream.Current
        : throw new EndOfStreamException("The device ended the call.");
}
