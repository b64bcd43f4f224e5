using System.Net;
using System.Net.Sockets;
using Pcie.Link;

namespace Pcie.Emulator.Tests.Hosting;

/// <summary>
/// A cable that can be cut: listens where the host connects, passes bytes on to the device, and cuts the connection after a number of
/// bytes drawn from a seed, wherever in a frame that is.
/// </summary>
internal sealed class CuttingProxy : IDisposable
{
    private readonly Socket listener;
    private readonly LinkUri target;
    private readonly System.Random random;
    private readonly Lock gate = new();
    private (Socket Host, Socket Device)? current;
    private readonly List<Socket> unheard = [];
    private readonly int cuts;
    private readonly int mostBytes;
    private int cutsLeft;
    private bool refuses;
    private long passed;
    private volatile bool blackHole;

    /// <param name="target">The device.</param>
    /// <param name="path">The UNIX socket to listen on; null for a TCP port.</param>
    /// <param name="cuts">How often it cuts once <see cref="StartCutting"/> is called; after that it is a good cable.</param>
    /// <param name="mostBytes">It cuts after 2 kB and up to this much more, of both directions.</param>
    public CuttingProxy(LinkUri target, string? path, int cuts, int seed, int mostBytes = 40_000)
    {
        (this.target, this.cuts, random, this.mostBytes) = (target, cuts, new System.Random(seed), mostBytes);
        listener = path is null
            ? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        if (path is not null) File.Delete(path);
        listener.Bind(path is null ? new IPEndPoint(IPAddress.Loopback, 0) : new UnixDomainSocketEndPoint(path));
        listener.Listen(16);
        Address = LinkUri.Parse(path is null ? $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndPoint!).Port}" : $"unix:{path}");
        _ = AcceptAsync();
    }

    /// <summary>Where the host connects.</summary>
    public LinkUri Address { get; }

    /// <summary>Connections cut so far.</summary>
    public int Cuts { get; private set; }

    /// <summary>Bytes that the host has sent so far.</summary>
    public long BytesOfHost => Interlocked.Read(ref passed);

    /// <summary>Cuts for the first time, and from now on again and again: a session must have begun to be resumed.</summary>
    public void StartCutting()
    {
        lock (gate)
        {
            cutsLeft = cuts - 1;
            Cut();
        }
    }

    /// <summary>Cuts the connection there is.</summary>
    public void CutNow()
    {
        lock (gate) Cut();
    }

    /// <summary>Cuts the connection there is, and lets no other through.</summary>
    public void Unplug()
    {
        lock (gate)
        {
            refuses = true;
            Cut();
        }
    }

    /// <summary>Takes what either side sends, and passes nothing on.</summary>
    public void Swallow() => blackHole = true;

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket host;
            try
            {
                host = await listener.AcceptAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
            lock (gate)
                if (refuses)
                {
                    host.Dispose();
                    continue;
                }
            var device = target.Scheme == LinkScheme.Unix
                ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
                : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await device.ConnectAsync(target.Scheme == LinkScheme.Unix
                ? new UnixDomainSocketEndPoint(target.Path)
                : new IPEndPoint(IPAddress.Loopback, target.Port));
            if (host.AddressFamily == AddressFamily.InterNetwork) host.NoDelay = device.NoDelay = true;
            int budget;
            lock (gate)
            {
                current = (host, device);
                budget = cutsLeft > 0 ? 2_000 + random.Next(mostBytes) : int.MaxValue;
            }
            var shared = new Budget { Left = budget };
            _ = PassAsync(host, device, host, shared);
            _ = PassAsync(device, host, host, shared);
        }
    }

    private async Task PassAsync(Socket from, Socket to, Socket host, Budget budget)
    {
        var buffer = new byte[16 << 10];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var count)
            {
                if (blackHole) continue;
                if (from == host) Interlocked.Add(ref passed, count);
                var left = budget.Left == int.MaxValue ? int.MaxValue : Interlocked.Add(ref budget.Left, -count);
                // What came before the cut arrives, be it half a frame.
                var pass = left >= 0 ? count : Math.Max(0, count + left);
                for (var sent = 0; sent < pass;) sent += await to.SendAsync(buffer.AsMemory(sent, pass - sent));
                if (left >= 0) continue;
                lock (gate)
                    if (!budget.Spent)
                    {
                        budget.Spent = true;
                        cutsLeft--;
                        Cuts++;
                    }
                break;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The other direction has cut it.
        }
        from.Dispose();
        // Nor does one side hear that the other has hung up.
        if (blackHole) lock (gate) unheard.Add(to);
        else to.Dispose();
    }

    private void Cut()
    {
        if (current is not var (host, device)) return;
        host.Dispose();
        device.Dispose();
        Cuts++;
    }

    public void Dispose()
    {
        listener.Dispose();
        lock (gate)
        {
            refuses = true;
            Cut();
            foreach (var socket in unheard) socket.Dispose();
        }
    }

    private sealed class Budget
    {
        public int Left;
        public bool Spent;
    }
}
