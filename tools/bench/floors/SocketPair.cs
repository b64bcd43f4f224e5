using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Pcie.Bench.Table;

namespace Pcie.Bench.Floors;

/// <summary>Two sockets of this machine that are connected, blocking, and what they can do.</summary>
internal sealed class SocketPair : IDisposable
{
    private const int Message = 64, RoundTrips = 4000;

    private readonly Socket near, far;

    public SocketPair(bool unix)
    {
        var path = Path.Combine(Path.GetTempPath(), $"bench-{Guid.NewGuid():N}");
        EndPoint address = unix ? new UnixDomainSocketEndPoint(path) : new IPEndPoint(IPAddress.Loopback, 0);
        var protocol = unix ? ProtocolType.Unspecified : ProtocolType.Tcp;
        using var listener = new Socket(address.AddressFamily, SocketType.Stream, protocol);
        listener.Bind(address);
        listener.Listen();
        near = new Socket(address.AddressFamily, SocketType.Stream, protocol);
        near.Connect(listener.LocalEndPoint!);
        far = listener.Accept();
        if (unix) File.Delete(path);
        else near.NoDelay = far.NoDelay = true;
    }

    /// <summary>64 bytes there and back (µs).</summary>
    /// <param name="prepare">Called by the threads of both ends first.</param>
    public static Reading PingPong(bool unix, Action? prepare = null)
    {
        var latencies = new double[RoundTrips];
        var measuring = new Thread(() =>
        {
            using var pair = new SocketPair(unix);
            prepare?.Invoke();
            pair.StartEcho(prepare);
            var message = new byte[Message];
            for (var i = -RoundTrips / 4; i < RoundTrips; i++)
            {
                var start = Stopwatch.GetTimestamp();
                pair.near.Send(message);
                ReceiveAll(pair.near, message);
                if (i >= 0) latencies[i] = Reading.MicrosecondsSince(start);
            }
        });
        measuring.Start();
        measuring.Join();
        return Reading.Of(latencies);
    }

    /// <summary>One way, in writes of this size (GB/s).</summary>
    public static Reading Stream(bool unix, int size, long bytes)
    {
        using var pair = new SocketPair(unix);
        new Thread(() =>
        {
            var block = new byte[size];
            for (var sent = 0L; sent < bytes; sent += size) SendAll(pair.far, block);
        }) { IsBackground = true }.Start();
        var received = new byte[size];
        var start = Stopwatch.GetTimestamp();
        for (var got = 0L; got < bytes; got += size) ReceiveAll(pair.near, received);
        return new Reading(bytes / Stopwatch.GetElapsedTime(start).TotalNanoseconds);
    }

    private void StartEcho(Action? prepare) => new Thread(() =>
    {
        prepare?.Invoke();
        var message = new byte[Message];
        while (ReceiveAll(far, message)) far.Send(message);
    }) { IsBackground = true, Name = "echo" }.Start();

    private static void SendAll(Socket socket, byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;) sent += socket.Send(bytes.AsSpan(sent));
    }

    private static bool ReceiveAll(Socket socket, byte[] bytes)
    {
        try
        {
            for (var have = 0; have < bytes.Length;)
            {
                var got = socket.Receive(bytes, have, bytes.Length - have, SocketFlags.None);
                if (got == 0) return false;
                have += got;
            }
            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        near.Dispose();
        far.Dispose();
    }
}
