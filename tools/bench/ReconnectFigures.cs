using System.Diagnostics;
using Pcie.Control.Wire;
using Pcie.Link.Transports;

namespace Pcie.Bench;

/// <summary>
/// <c>bench reconnect</c>: how long a round trip takes in whose middle the connection is cut, against the floor: a new connection and one
/// gRPC call on it; what a round trip costs with and without replay; and what the replay buffer holds at its bound.
/// </summary>
internal static class ReconnectFigures
{
    private const int Cuts = 300;
    private const int Rounds = 100;
    private const int RoundTrips = 400;

    public static void Print()
    {
        using (var device = EchoDevice.Start("http://127.0.0.1:0", viaCable: true))
        {
            for (var i = 0; i < 50; i++) device.CutAndRoundTrip();
            Row("reconnect stall", [.. Enumerable.Range(0, Cuts).Select(_ => Timed(device.CutAndRoundTrip))]);
            for (var i = 0; i < 50; i++) Floor(device.Address);
            Row("floor: connect and one call", [.. Enumerable.Range(0, Cuts).Select(_ => Timed(() => Floor(device.Address)))]);
        }

        using var with = EchoDevice.Start("http://127.0.0.1:0");
        using var without = EchoDevice.Start("http://127.0.0.1:0", replay: false);
        // Turn by turn, so that what else the machine does falls on both; the first rounds warm up.
        var rounds = Enumerable.Range(0, Rounds).Select(_ => (On: Timed(() => Many(with)), Off: Timed(() => Many(without)))).Skip(Rounds / 5).ToArray();
        Console.WriteLine($"round trip, replay on / off: {Median(rounds.Select(r => r.On / r.Off)):0.000} "
            + $"({Median(rounds.Select(r => r.On)) / RoundTrips:0.0} / {Median(rounds.Select(r => r.Off)) / RoundTrips:0.0} µs; medians)");
        Console.WriteLine($"replay buffer at its bound: {ReplayBuffer.DefaultMaxFrames} frames or {ReplayBuffer.DefaultMaxPayload >> 20} MiB "
            + "of payload each way, and at most one frame (8 MiB) more");

        static void Many(EchoDevice device)
        {
            for (var i = 0; i < RoundTrips; i++) device.RoundTrip();
        }
    }

    private static void Floor(LinkUri address)
    {
        using var channel = HostConnector.OpenChannel(address, TimeSpan.FromSeconds(1));
        new CardControl.CardControlClient(channel).GetStatistics(new StatisticsRequest());
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    private static double Timed(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds;
    }

    private static void Row(string name, double[] microseconds)
    {
        Array.Sort(microseconds);
        Console.WriteLine($"{name}: p50 {microseconds[microseconds.Length / 2] / 1000:0.00} ms, "
            + $"p99 {microseconds[microseconds.Length * 99 / 100] / 1000:0.00} ms");
    }
}
