using System.Net;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf;
using Pcie.Control.Wire;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Link;
using Pcie.Link.DataLinkLayer;
using Pcie.Link.Grpc.Carriers;
using Pcie.Link.Grpc.Device;
using Pcie.Link.Grpc.Host;
using Pcie.Time;
using Wire = Pcie.Link.Grpc.Wire;

namespace Pcie.Fuzz.Tests.Targets;

/// <summary>
/// Raw bytes to the port of an emulator that listens: HTTP/2 frames of calls of both services, with gRPC messages in them, spoilt anywhere.
/// Each connection ends, the control service goes on answering, and every session that began has ended.
/// <code>
/// socket ── LinkServer (one for all cases) ── AttachService, CardControlService ── DaqCard
/// </code>
/// </summary>
internal sealed class LiveServerTarget : IFuzzTarget
{
    private const int CasesBetweenLooks = 64;
    private const int LongestWaitMs = 20_000;

    private static readonly Lazy<Server> Shared = new(() => new Server());
    // A call that is served to its end has its status in the trailers.
    private static readonly byte[] Said = Encoding.ASCII.GetBytes("grpc-status");

    // The pieces in which a client sends a whole call.
    private static readonly byte[][][] Calls =
    [
        Call("/pcie.link.v1.PcieLink/Attach", Hello(false), FrameMessage, new Wire.HostMessage { Detach = new Wire.Detach() }),
        Call("/pcie.link.v1.PcieLink/Attach", Hello(true), FrameMessage, new Wire.HostMessage { Acknowledgement = new() { Epoch = 1 } }),
        Call("/pcie.control.v1.CardControl/Describe", new DescribeRequest()),
        Call("/pcie.control.v1.CardControl/Peek", new PeekRequest { Name = "ID" }),
    ];

    private int cases;

    private static Wire.HostMessage FrameMessage => new()
    {
        Frame = new Wire.Frame
        {
            Epoch = 1, Sequence = 1,
            Tlps = { new Wire.Tlp { Kind = Wire.TlpKind.ConfigRead, Tag = 3, Length = 4, FirstBe = 0xF } },
        },
    };

    public byte[] Next(Mutator mutator)
    {
        var call = mutator.Any(Calls).ToList();
        switch (mutator.Below(8))
        {
            case 0: call.RemoveAt(mutator.Below(call.Count)); break;
            case 1: call.Insert(mutator.Below(call.Count), mutator.Any(mutator.Any(Calls))); break;
            case 2: return mutator.Spoil([[.. call.SelectMany(b => b)]]);
            case 3: break;
            default:
                // What comes late lies behind more of the server.
                var spoilt = Math.Max(mutator.Below(call.Count), mutator.Below(call.Count));
                call[spoilt] = mutator.Spoil([call[spoilt]]);
                break;
        }
        return [.. call.SelectMany(b => b)];
    }

    public bool Take(byte[] input)
    {
        var server = Shared.Value;
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true, ReceiveTimeout = LongestWaitMs, SendTimeout = LongestWaitMs,
        };
        socket.Connect(server.EndPoint);
        var answer = new List<byte>();
        try
        {
            for (var sent = 0; sent < input.Length;) sent += socket.Send(input.AsSpan(sent));
            // As long as it has something to say; then this side hangs up, and the server must.
            var buffer = new byte[16 << 10];
            while (socket.Poll(TimeSpan.FromMilliseconds(10), SelectMode.SelectRead) && Received() && !IsAnswered())
            {
            }
            socket.Shutdown(SocketShutdown.Send);
            while (Received())
            {
            }

            bool Received()
            {
                var count = socket.Receive(buffer);
                answer.AddRange(buffer.AsSpan(0, count));
                return count > 0;
            }
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted)
        {
            // The server has had enough.
        }
        if (++cases % CasesBetweenLooks == 0) server.Look();
        return IsAnswered();

        bool IsAnswered() => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(answer).IndexOf(Said) >= 0;
    }

    private static Wire.HostMessage Hello(bool newer)
    {
        var hello = new Wire.HostHello
        {
            Version = new Wire.ProtocolVersion { Major = 1, Minor = newer ? 2u : 0 }, HostName = "fuzz", ClockMode = Wire.ClockMode.WallClock,
            KeepAliveMs = newer ? 1000u : 0,
        };
        if (newer) hello.Capabilities.Add([ReplayOptions.Capability, HeartbeatOptions.Capability]);
        return new Wire.HostMessage { Hello = hello };
    }

    private static byte[][] Call(string path, params IMessage[] messages) =>
    [
        Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        Http2Frame(4, 0, 0, []),
        Http2Frame(1, 4, 1, HeaderBlock((":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "x"),
            ("content-type", "application/grpc"), ("te", "trailers"))),
        .. messages.Select(m => Http2Frame(0, 0, 1, GrpcMessage(m.ToByteArray()))),
        // END_STREAM.
        Http2Frame(0, 1, 1, []),
    ];

    // RFC 9113 4.1.
    private static byte[] Http2Frame(byte type, byte flags, byte stream, byte[] payload) =>
        [(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, 0, 0, 0, stream, .. payload];

    // RFC 7541 6.2.2: literals without indexing, nothing compressed.
    private static byte[] HeaderBlock(params (string Name, string Value)[] headers) =>
        [.. headers.SelectMany(h => (byte[])[0, (byte)h.Name.Length, .. Encoding.ASCII.GetBytes(h.Name), (byte)h.Value.Length,
            .. Encoding.ASCII.GetBytes(h.Value)])];

    private static byte[] GrpcMessage(byte[] message) => [0, 0, 0, (byte)(message.Length >> 8), (byte)message.Length, .. message];

    /// <summary>It lives as long as the process.</summary>
    private sealed class Server
    {
        private readonly AttachService attach;
        private readonly CardControl.CardControlClient control;

        public Server()
        {
            var card = new CardHost(CardDesign.Daq(new DaqCardOptions()), Duration.FromMilliseconds(10));
            attach = new AttachService(card, new AttachOptions { GracePeriod = TimeSpan.Zero });
            var server = LinkServer.StartAsync(new LinkServerOptions(LinkUri.Parse("http://127.0.0.1:0")), attach, card,
                CancellationToken.None).Result;
            EndPoint = new IPEndPoint(IPAddress.Loopback, server.Address.Port);
            control = new CardControl.CardControlClient(HostConnector.OpenChannel(server.Address, TimeSpan.FromMinutes(1)));
        }

        public IPEndPoint EndPoint { get; }

        /// <summary>Whether it still answers, and whether what began has ended, but for what the threads are at right now.</summary>
        public void Look()
        {
            control.GetStatistics(new StatisticsRequest(), deadline: DateTime.UtcNow.AddMilliseconds(LongestWaitMs));
            Assert.True(SpinWait.SpinUntil(() => attach.Counters[AttachOutcome.Attached] - attach.Counters[AttachOutcome.Detached]
                - attach.Counters[AttachOutcome.PeerGone] - attach.Counters[AttachOutcome.ProtocolError] <= 2, LongestWaitMs),
                    "Sessions do not end.");
        }
    }
}
