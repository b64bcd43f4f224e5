using System.Diagnostics;

namespace Pcie.Bench;

/// <summary>
/// <c>bench reconnect</c>: how long a round trip takes before which the connection is cut, against what the connection itself takes (TCP, HTTP/2, the
/// call and the hellos) where a session without replay is cut and attached anew, and where none was cut; what a round trip costs with and without
/// replay; and the memory that the replay buffer takes at its bound.
/// </summary>
internal static class ReconnectFigures
{
    private const int Cuts = 300;
    private const int Warmup = 50;
    private const int Rounds = 100;
    private const int RoundTrips = 400;

    public static void Print()
    {
        using (var device = EchoDevice.Start("http://127.0.0.1:0", viaCable: true))
        {
            // Turn by turn, so that what else the machine does falls on both; the first ones warm up.
            using var without = EchoDevice.Start("http://127.0.0.1:0", replay: false, viaCable: true);
            var turns = Enumerable.Range(0, Cuts + Warmup)
                .Select(_ => (Stall: Timed(device.CutAndRoundTrip), Anew: Timed(without.CutAndAttachAnew),
                    Afresh: Afresh(device))).Skip(Warmup).ToArray();
            Row("reconnect: cut, resume, one round trip", [.. turns.Select(t => t.Stall)]);
            Row("connection: cut, attach anew, one round trip", [.. turns.Select(t => t.Anew)]);
            Row("connection, nothing cut: attach, one round trip", [.. turns.Select(t => t.Afresh)]);
            Console.WriteLine($"reconnect / connection: {Median(turns.Select(t => t.Stall / t.Anew)):0.00}; "
                + $"/ connection, nothing cut: {Median(turns.Select(t => t.Stall / t.Afresh)):0.00} (medians, turn by turn)");
            Row("one round trip through the same proxy", [.. Enumerable.Range(0, Cuts).Select(_ => Timed(() => device.RoundTrip()))]);
        }

        using var with = EchoDevice.Start("http://127.0.0.1:0");
        using var plain = EchoDevice.Start("http://127.0.0.1:0", replay: false);
        // Turn by turn, so that what else the machine does falls on both; the first rounds warm up.
        var rounds = Enumerable.Range(0, Rounds).Select(_ => (On: Timed(() => Many(with)), Off: Timed(() => Many(plain)))).Skip(Rounds / 5).ToArray();
        Console.WriteLine($"round trip, replay on / off: {Median(rounds.Select(r => r.On / r.Off)):0.000} "
            + $"({Median(rounds.Select(r => r.On)) / RoundTrips:0.0} / {Median(rounds.Select(r => r.Off)) / RoundTrips:0.0} µs; medians)");
        ReplayMemory.Print();

        static void Many(EchoDevice device)
        {
            for (var i = 0; i < RoundTrips; i++) device.RoundTrip();
        }
    }

    private static double Afresh(EchoDevice device)
    {
        device.Detach();
        return Timed(device.AttachAndRoundTrip);
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
