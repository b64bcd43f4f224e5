using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Pcie.Bench.Links;
using Pcie.Control;
using Pcie.Control.Watching;
using Pcie.Control.Wire;
using Pcie.DriverModel.Run;
using Pcie.DriverModel.Scenario;
using Pcie.Emu.Running;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Link;
using Pcie.Link.Grpc.Host;
using Pcie.Scenario;

namespace Pcie.Bench;

/// <summary>
/// <c>bench page [HOURS]</c>: what it costs a running card that somebody follows it, as <c>emu ui</c> does. What four snapshots a second take of
/// a processor: to take one costs once, and to send it for each follower. And a part of the day in two processes over shared memory, card and driver
/// with no follower, one, two and twenty, turn by turn, so that what else the machine does falls on all: processor time of the card's process, and
/// how long the run took; so many hours more than one, so that no start is in it. A page is one follower, however many look at it.
/// </summary>
internal static class PageFigures
{
    private const int Rounds = 3, Snapshots = 4000, Followed = 20;

    private static readonly int[] Followers = [0, 1, 2, 20];

    public static void Print(int hours)
    {
        var scenario = ScenarioCatalog.Find("late-dpc");
        PrintSnapshots(scenario);
        using var card = ChildProgram.Start("emulator", "--listen", $"shm:bench-page-{Environment.ProcessId}", "--scenario", scenario,
            "--log-level", "warn");
        var uri = card.Output.ReadLine()!["listening on ".Length..];
        var (ofCard, wall) = (Table(), Table());
        // Once for the compiler's sake.
        Measure(card, uri, scenario, 1, 1);
        for (var round = 0; round < Rounds; round++)
            for (var i = 0; i < Followers.Length; i++)
            {
                var (one, more) = (Measure(card, uri, scenario, 1, Followers[i]), Measure(card, uri, scenario, 1 + hours, Followers[i]));
                (ofCard[i][round], wall[i][round]) = (more.Card - one.Card, more.Run - one.Run);
            }
        Console.WriteLine($"{hours} h more of late-dpc over shared memory, {Rounds} rounds; medians of the ratios within a round");
        for (var i = 0; i < Followers.Length; i++)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Followers[i],3} followers: card {Median(ofCard[i]):0.000} s of a ")
                + string.Create(CultureInfo.InvariantCulture, $"processor (x{Ratio(ofCard, i, 0):0.000}); ")
                + string.Create(CultureInfo.InvariantCulture, $"the run {Median(wall[i]):0.00} s (x{Ratio(wall, i, 0):0.000})"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"twenty, of two: card x{Ratio(ofCard, 3, 2):0.000}, the run x{Ratio(wall, 3, 2):0.000}"));
    }

    private static void PrintSnapshots(string scenario)
    {
        var file = ScenarioFile.Load(scenario);
        var host = HostScenario.Read(file).With(null, "10min");
        using var card = new CardHost(CardDesign.Daq(DaqCardOptions.Read(file, host.Run.Seed)), host.Run.CompletionTimeout);
        using var link = ServedLink.Start("shm", card, card, host.Run.Pacing, host.Run.LinkLatency);
        var run = new HostRun(host, link.Host, output: null);
        run.Execute("shm", () => CardStatistics.Of(card.GetStatistics()), CancellationToken.None);
        Row("card", () => card.TakeSnapshot(1));
        Row("driver", run.TakeSnapshot);

        static void Row(string name, Func<IMessage> take)
        {
            var snapshot = take();
            var bytes = snapshot.ToByteArray();
            var (taking, sending) = (Microseconds(() => take()), Microseconds(() => snapshot.WriteTo(bytes.AsSpan())));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name}: a snapshot {taking:0} µs to take, {sending:0} µs and {bytes.Length:#,0} bytes to send; four a second, of a processor: ")
                + string.Create(CultureInfo.InvariantCulture, $"{Share(1):0.000} % with one follower, {Share(2):0.000} % with two, ")
                + string.Create(CultureInfo.InvariantCulture, $"{Share(Followed):0.000} % with {Followed}"));

            double Share(int followers) => 100 * (taking + followers * sending) / SnapshotFeed<CardSnapshot>.Interval.TotalMicroseconds;
        }

        static double Microseconds(Action act)
        {
            for (var warmUp = 0; warmUp < Snapshots; warmUp++) act();
            var before = Environment.CpuUsage.TotalTime;
            for (var i = 0; i < Snapshots; i++) act();
            return (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / Snapshots;
        }
    }

    private static (double Card, double Run) Measure(ChildProgram card, string uri, string scenario, int hours, int followers)
    {
        using var emulator = Process.GetProcessById(card.ProcessId);
        using var stop = new CancellationTokenSource();
        var calls = new List<Task>();
        using var channel = HostConnector.OpenChannel(LinkUri.Parse(uri), TimeSpan.FromSeconds(1));
        for (var i = 0; i < followers; i++)
            calls.Add(ReadAsync(new CardControl.CardControlClient(channel).Watch(new WatchRequest(), cancellationToken: stop.Token)));
        var control = FreeAddress.OnLoopback();
        var before = emulator.TotalProcessorTime;
        using var driver = ChildProgram.Start("driver-model", "--card", uri, "--scenario", scenario, "--duration", $"{hours}h", "--json",
            "--log-level", "warn", "--control", control);
        using var driverChannel = GrpcChannel.ForAddress(control);
        for (var i = 0; i < followers; i++) calls.Add(FollowDriverAsync(driverChannel, stop.Token));
        var report = driver.Output.ReadToEnd();
        emulator.Refresh();
        var spent = (emulator.TotalProcessorTime - before).TotalSeconds;
        var run = JsonNode.Parse(report)!;
        if (!(bool)run["accounted"]!) throw new InvalidOperationException($"The run failed: {report}");
        stop.Cancel();
        Task.WaitAll([.. calls]);
        return (spent, (long)run["wall_ns"]! / 1e9);
    }

    // The driver model takes a moment to be there.
    private static async Task FollowDriverAsync(GrpcChannel channel, CancellationToken stop)
    {
        var client = new DriverControl.DriverControlClient(channel);
        while (!stop.IsCancellationRequested && !await ReadAsync(client.Watch(new WatchDriverRequest(), cancellationToken: stop)))
            await Task.Delay(50, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // Whether anything came.
    private static async Task<bool> ReadAsync<T>(AsyncServerStreamingCall<T> call)
    {
        var any = false;
        try
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None)) any = true;
        }
        catch (RpcException)
        {
            // It is over.
        }
        call.Dispose();
        return any;
    }

    private static double[][] Table() => [.. Followers.Select(_ => new double[Rounds])];

    private static double Ratio(double[][] table, int i, int of) => Median([.. table[i].Zip(table[of], (a, b) => a / b)]);

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
}
