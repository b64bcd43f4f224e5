using System.Diagnostics;
using Pcie.Emulator.Hosting;
using Pcie.Fixtures;
using Pcie.Link;
using Pcie.Link.Grpc.Device;
using Pcie.Link.Grpc.Host;
using Pcie.Time;

namespace Pcie.Bench;

/// <summary>
/// <c>bench silence</c>: how long each side takes to find that nothing comes from the other any more, for a few keep-alives, idle and while the
/// device streams. A proxy falls silent, which is what a stopped process or a pulled cable looks like.
/// </summary>
internal static class DetectionFigures
{
    public static void Print()
    {
        foreach (var (milliseconds, times) in new[] { (100, 20), (300, 20), (1000, 8) })
            foreach (var streaming in new[] { false, true })
            {
                var runs = Enumerable.Range(0, times).Select(i => Run(TimeSpan.FromMilliseconds(milliseconds), streaming, i)).ToArray();
                Console.WriteLine($"keep-alive {milliseconds,4} ms, {(streaming ? "streaming" : "idle"),-9}: "
                    + $"the host found it after {Row(runs.Select(r => r.Host))}, the device after {Row(runs.Select(r => r.Device))}");
            }
    }

    private static (double Host, double Device) Run(TimeSpan keepAlive, bool streaming, int seed)
    {
        var attach = new AttachService(new EchoDevice.Engine(streaming), new AttachOptions { GracePeriod = TimeSpan.Zero, KeepAlive = keepAlive });
        var ended = new TaskCompletionSource<long>();
        attach.Ended += (_, _) => ended.TrySetResult(Stopwatch.GetTimestamp());
        var server = LinkServer.StartAsync(new LinkServerOptions(LinkUri.Parse("http://127.0.0.1:0")), attach, new EchoDevice.NoCard(),
            default).Result;
        using var proxy = new CuttingProxy(server.Address, null, 0, seed);
        using var host = HostConnector.ConnectAsync(
            proxy.Address, new ConnectOptions("bench", Pacing.WallClock, new Duration(0)) { KeepAlive = keepAlive }, default).Result;
        // Somewhere between two heartbeats.
        var until = Stopwatch.GetTimestamp() + (long)(keepAlive.TotalSeconds * (1 + seed / 20.0) * Stopwatch.Frequency);
        while (Stopwatch.GetTimestamp() < until)
            if (host.Receive(TimeSpan.FromMilliseconds(1)) is { } frame) host.Pool.Return(frame);

        var silent = Stopwatch.GetTimestamp();
        proxy.Swallow();
        while (host.Receive(Timeout.InfiniteTimeSpan) is { } frame) host.Pool.Return(frame);
        var found = Stopwatch.GetElapsedTime(silent).TotalMilliseconds;
        var device = Stopwatch.GetElapsedTime(silent, ended.Task.Result).TotalMilliseconds;
        server.DisposeAsync().AsTask().Wait();
        return (found, device);
    }

    private static string Row(IEnumerable<double> milliseconds)
    {
        var sorted = milliseconds.Order().ToArray();
        return $"p50 {sorted[sorted.Length / 2]:0} ms, max {sorted[^1]:0} ms";
    }
}
