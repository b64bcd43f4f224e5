using System.Net;
using System.Net.Sockets;
using Pcie.Control;
using Pcie.Link;

namespace Pcie.Emulator.Tests.Hosting;

/// <summary>What is fetched when a run has ended is fetched for sure: a cut costs time and nothing else.</summary>
public sealed class ControlClientTests
{
    [Fact]
    public async Task ALostConnectionIsTriedAgainForAsLongAsASessionWouldOutliveIt()
    {
        await using var loopback = await Loopback.StartAsync();
        using var cable = new CableThatIsCut(loopback.Address, times: 3);

        Assert.NotNull(CardControlClient.TryGetStatistics(cable.Address, null, Loopback.Long));
        Assert.Equal(4, cable.Connections);
    }

    [Fact]
    public async Task WithoutPatienceItIsTriedOnce()
    {
        await using var loopback = await Loopback.StartAsync();
        using var cable = new CableThatIsCut(loopback.Address, times: 3);

        Assert.Null(CardControlClient.TryGetStatistics(cable.Address, null, TimeSpan.Zero));
        Assert.Equal(1, cable.Connections);
    }

    // Lets its first connections be made, and resets each at its first bytes.
    private sealed class CableThatIsCut : IDisposable
    {
        private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly LinkUri target;
        private int connections;

        public CableThatIsCut(LinkUri target, int times)
        {
            this.target = target;
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen();
            Address = LinkUri.Parse($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndPoint!).Port}");
            _ = AcceptAsync(times);
        }

        public LinkUri Address { get; }

        public int Connections => Volatile.Read(ref connections);

        public void Dispose() => listener.Dispose();

        private async Task AcceptAsync(int times)
        {
            while (true)
            {
                var host = await listener.AcceptAsync();
                if (Interlocked.Increment(ref connections) <= times)
                {
                    await host.ReceiveAsync(new byte[1]);
                    host.LingerState = new LingerOption(true, 0);
                    host.Dispose();
                    continue;
                }
                var device = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await device.ConnectAsync(target.Host, target.Port);
                _ = PassAsync(host, device);
                _ = PassAsync(device, host);
            }
        }

        private static async Task PassAsync(Socket from, Socket to)
        {
            using (from)
            using (to)
            {
                var buffer = new byte[4096];
                try
                {
                    for (int count; (count = await from.ReceiveAsync(buffer)) > 0;) await to.SendAsync(buffer.AsMemory(0, count));
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    // Over.
                }
            }
        }
    }
}
