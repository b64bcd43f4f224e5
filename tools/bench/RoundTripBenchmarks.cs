using System.Net;
using System.Net.Sockets;
using BenchmarkDotNet.Attributes;

namespace Pcie.Bench;

/// <summary>A frame to a device over a socket of this machine and an answer, against 64 bytes each way over a bare socket.</summary>
public class RoundTripBenchmarks
{
    private readonly byte[] message = new byte[64];
    private EchoDevice tcpDevice = null!, unixDevice = null!;
    private Socket tcpSocket = null!, unixSocket = null!;

    [GlobalSetup]
    public void SetUp()
    {
        tcpDevice = EchoDevice.Start("http://127.0.0.1:0");
        unixDevice = EchoDevice.Start($"unix:{FreePath()}");
        tcpSocket = StartEcho(new IPEndPoint(IPAddress.Loopback, 0), ProtocolType.Tcp);
        unixSocket = StartEcho(new UnixDomainSocketEndPoint(FreePath()), ProtocolType.Unspecified);
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        tcpDevice.Dispose();
        unixDevice.Dispose();
        tcpSocket.Dispose();
        unixSocket.Dispose();
    }

    [Benchmark(Baseline = true), BenchmarkCategory("TCP")]
    public void TcpSocket() => RoundTrip(tcpSocket);

    [Benchmark, BenchmarkCategory("TCP")]
    public ulong GrpcOverTcp() => tcpDevice.RoundTrip();

    [Benchmark(Baseline = true), BenchmarkCategory("UNIX")]
    public void UnixSocket() => RoundTrip(unixSocket);

    [Benchmark, BenchmarkCategory("UNIX")]
    public ulong GrpcOverUnix() => unixDevice.RoundTrip();

    private static string FreePath() => Path.Combine(Path.GetTempPath(), $"bench-{Guid.NewGuid():N}");

    private void RoundTrip(Socket socket)
    {
        socket.Send(message);
        ReceiveAll(socket, message);
    }

    // The other end answers on a thread of its own until this end is closed.
    private static Socket StartEcho(EndPoint address, ProtocolType protocol)
    {
        using var listener = new Socket(address.AddressFamily, SocketType.Stream, protocol);
        listener.Bind(address);
        listener.Listen();
        var socket = new Socket(address.AddressFamily, SocketType.Stream, protocol);
        socket.Connect(listener.LocalEndPoint!);
        var peer = listener.Accept();
        if (address is UnixDomainSocketEndPoint) File.Delete(address.ToString()!);
        if (protocol == ProtocolType.Tcp) socket.NoDelay = peer.NoDelay = true;
        new Thread(() =>
        {
            var received = new byte[64];
            while (ReceiveAll(peer, received)) peer.Send(received);
            peer.Dispose();
        }) { IsBackground = true, Name = "echo" }.Start();
        return socket;
    }

    private static bool ReceiveAll(Socket socket, byte[] bytes)
    {
        for (var have = 0; have < bytes.Length;)
        {
            var got = socket.Receive(bytes, have, bytes.Length - have, SocketFlags.None);
            if (got == 0) return false;
            have += got;
        }
        return true;
    }
}
