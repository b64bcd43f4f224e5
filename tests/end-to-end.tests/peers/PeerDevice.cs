using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Pcie.Emulator.Hosting;
using Pcie.Link;
using Pcie.Link.Transports;
using Wire = Pcie.Link.Grpc.Wire;

namespace Pcie.EndToEnd.Tests.Peers;

/// <summary>Another's emulator: the service PcieLink from the generated classes, with a card behind it, free-running.</summary>
internal sealed class PeerDevice : Wire.PcieLink.PcieLinkBase, IAsyncDisposable
{
    private readonly Peer peer;
    private readonly Func<ILinkTransport, EmulatedCard> build;
    private WebApplication application = null!;

    private PeerDevice(Peer peer, Func<ILinkTransport, EmulatedCard> build) => (this.peer, this.build) = (peer, build);

    public LinkUri Address { get; private set; } = null!;

    /// <summary>The card of the session.</summary>
    public EmulatedCard? Card { get; private set; }

    /// <summary>What the host said first.</summary>
    public Wire.HostHello? Host { get; private set; }

    /// <summary>Acknowledgements that came by themselves.</summary>
    public int Acknowledgements { get; private set; }

    public bool HasDetached { get; private set; }

    /// <param name="build">Makes the card at its end of a link.</param>
    public static async Task<PeerDevice> StartAsync(Peer peer, Func<ILinkTransport, EmulatedCard> build)
    {
        var device = new PeerDevice(peer, build);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(device);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        device.application = builder.Build();
        device.application.MapGrpcService<PeerDevice>();
        await device.application.StartAsync(TestContext.Current.CancellationToken);
        var addresses = device.application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        device.Address = LinkUri.Parse(addresses.Addresses.First());
        return device;
    }

    public override async Task Attach(
        IAsyncStreamReader<Wire.HostMessage> requests, IServerStreamWriter<Wire.DeviceMessage> responses, ServerCallContext context)
    {
        Assert.True(await requests.MoveNext());
        Host = requests.Current.Hello;
        var hello = new Wire.DeviceHello
        {
            // The lower minor is in force, and what both have. Another major answers as if nothing were wrong: the host is to notice.
            Version = new Wire.ProtocolVersion { Major = peer.Major, Minor = Math.Min(peer.Minor, Host.Version.Minor) },
            DeviceName = $"a device of {peer.Major}.{peer.Minor}", ClockMode = Host.ClockMode, Epoch = 7, VendorId = 1, DeviceId = 2,
        };
        hello.Capabilities.Add(peer.Capabilities.Intersect(Host.Capabilities));
        if (hello.Capabilities.Count > 0) (hello.Token, hello.GracePeriodMs) = (Google.Protobuf.ByteString.CopyFrom(new byte[32]), 5000);
        await responses.WriteAsync(new Wire.DeviceMessage { Hello = peer.Sent(hello) });

        var deviceEnd = new DirectTransport();
        using var card = Card = build(deviceEnd);
        var hostEnd = deviceEnd.CreateHostEnd(card.Session.ServePending);
        ulong sent = 0, received = 0;
        while (await requests.MoveNext())
            switch (requests.Current.MessageCase)
            {
                case Wire.HostMessage.MessageOneofCase.Frame:
                    var frame = requests.Current.Frame;
                    Assert.Equal((hello.Epoch, ++received), (frame.Epoch, frame.Sequence));
                    hostEnd.Send(Peer.FrameOf(frame, LinkDirection.HostToDevice));
                    while (hostEnd.Receive(TimeSpan.Zero) is { } reply)
                    {
                        var wire = Peer.WireOf(reply);
                        (wire.Epoch, wire.Sequence, wire.Acknowledge) = (hello.Epoch, ++sent, received);
                        await responses.WriteAsync(peer.Sent(new Wire.DeviceMessage { Frame = peer.Sent(wire) }));
                    }
                    break;
                case Wire.HostMessage.MessageOneofCase.Acknowledgement:
                    Acknowledgements++;
                    break;
                default:
                    Assert.NotNull(requests.Current.Detach);
                    HasDetached = true;
                    await responses.WriteAsync(new Wire.DeviceMessage { Detached = new Wire.Detached() });
                    return;
            }
    }

    public async ValueTask DisposeAsync()
    {
        await application.StopAsync();
        await application.DisposeAsync();
    }
}
