using Pcie.Emulator.Control;
using Pcie.Emulator.Hosting;
using Pcie.Link;
using Pcie.Link.Grpc.Device;
using Pcie.Link.Grpc.Host;
using Pcie.Time;

namespace Pcie.Bench.Links;

/// <summary>A device that this process serves over a link, and a host that is attached to it.</summary>
internal sealed class ServedLink : IDisposable
{
    private readonly LinkServer server;

    private ServedLink(LinkServer server, GrpcHostTransport host) => (this.server, Host) = (server, host);

    public GrpcHostTransport Host { get; }

    public LinkUri Address => server.Address;

    /// <param name="medium">"tcp", "tls", "unix" or "shm".</param>
    public static ServedLink Start(string medium, IDeviceEngine engine, ICardInspector inspector, Pacing pacing, Duration latency)
    {
        var tls = medium == "tls" ? Certificates.Create() : null;
        var listen = LinkUri.Parse(medium switch
        {
            "tcp" => "http://127.0.0.1:0",
            "tls" => "https://127.0.0.1:0",
            _ => $"{medium}:{Path.Combine(Path.GetTempPath(), $"bench-{Guid.NewGuid():N}")}",
        });
        var attach = new AttachService(engine, new AttachOptions());
        var server = LinkServer.StartAsync(new LinkServerOptions(listen, tls), attach, inspector, default).Result;
        var connect = new ConnectOptions("bench", pacing, latency) { Credentials = tls };
        return new ServedLink(server, HostConnector.ConnectAsync(server.Address, connect, default).Result);
    }

    public void Dispose()
    {
        Host.Dispose();
        server.DisposeAsync().AsTask().Wait();
    }
}
