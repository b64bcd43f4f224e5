using System.Diagnostics;
using System.Globalization;
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
/// a processor: to take one costs once, and to send it for each follower. And one run of days in two processes over shared memory, with no follower,
/// one, two and twenty of card and driver, each for so many hours, turn by turn: what the two processes take of a processor for an hour, and what an
/// hour lasts. It is one run, so that no start is in it, and what else the machine does falls on all. A page is one follower, however many look.
/// </summary>
internal static class PageFigures
{
    private const int Rounds = 5, Snapshots = 4000, Followed = 20;

    private static readonly int[] Followers = [0, 1, 2, 20];

    public static void Print(int hours)
    {
        var scenario = ScenarioCatalog.Find("late-dpc");
        PrintSnapshots(scenario);
        var uri = $"shm:bench-page-{Environment.ProcessId}";
        using var card = ChildProgram.Start("emulator", "--listen", uri, "--scenario", scenario, "--log-level", "warn");
        uri = card.Output.ReadLine()!["listening on ".Length..];
        // A window ends a little late, when the next line of progress comes.
        var total = 4 * hours * (Rounds + 1) * Followers.Length;
        var control = FreeAddress.OnLoopback();
        using var driver = ChildProgram.Start("driver-model", "--card", uri, "--scenario", scenario, "--duration", $"{total}h", "--json",
            "--log-level", "warn", "--control", control, "--progress");
        var window = new Window(card, driver, total);
        using var cardChannel = HostConnector.OpenChannel(LinkUri.Parse(uri), TimeSpan.FromSeconds(1));
        using var driverChannel = GrpcChannel.ForAddress(control);
        var (processor, wall) = (Table(), Table());
        // Once for the compiler's sake.
        for (var round = -1; round < Rounds; round++)
            for (var i = 0; i < Followers.Length; i++)
            {
                using var stop = new CancellationTokenSource();
                var calls = new List<Task>();
                for (var follower = 0; follower < Followers[i]; follower++)
                {
                    var (ofCard, ofDriver) = (new CardControl.CardControlClient(cardChannel), new DriverControl.DriverControlClient(driverChannel));
                    calls.Add(ReadAsync(ofCard.Watch(new WatchRequest(), cancellationToken: stop.Token)));
                    calls.Add(ReadAsync(ofDriver.Watch(new WatchDriverRequest(), cancellationToken: stop.Token)));
                }
                var (spent, lasted) = window.Measure(hours);
                if (calls.Exists(call => call.IsCompleted)) throw new InvalidOperationException("A follower was turned away, or the run is over.");
                stop.Cancel();
                Task.WaitAll([.. calls]);
                if (round >= 0) (processor[i][round], wall[i][round]) = (spent, lasted);
            }
        Console.WriteLine($"late-dpc over shared memory, {hours} h at a time, {Rounds} rounds; medians, and of the ratios within a round");
        for (var i = 0; i < Followers.Length; i++)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Followers[i],3} followers: an hour is {Median(processor[i]):0.000} s ")
                + string.Create(CultureInfo.InvariantCulture, $"of a processor (x{Ratio(processor, i, 0):0.000}) of card and driver, ")
                + string.Create(CultureInfo.InvariantCulture, $"and {Median(wall[i]):0.000} s (x{Ratio(wall, i, 0):0.000})"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"twenty, of two: x{Ratio(processor, 3, 2):0.000} of a processor, x{Ratio(wall, 3, 2):0.000} in time"));
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

    private static async Task ReadAsync<T>(AsyncServerStreamingCall<T> call)
    {
        try
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
            }
        }
        catch (RpcException)
        {
            // It is over.
        }
        call.Dispose();
    }

    private static double[][] Table() => [.. Followers.Select(_ => new double[Rounds])];

    private static double Ratio(double[][] table, int i, int of) => Median([.. table[i].Zip(table[of], (a, b) => a / b)]);

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);

    /// <summary>A part of a run: between two lines in which the driver says how far it is.</summary>
    private sealed class Window
    {
        private readonly ChildProgram card, driver;
        private readonly SemaphoreSlim said = new(0);
        private double reached;

        public Window(ChildProgram card, ChildProgram driver, double hours)
        {
            (this.card, this.driver) = (card, driver);
            new Thread(() =>
            {
                while (driver.Output.ReadLine() is { } line && line.StartsWith(RunProgress.Beginning, StringComparison.Ordinal))
                {
                    Volatile.Write(ref reached, hours * double.Parse(line.AsSpan(RunProgress.Beginning.Length), CultureInfo.InvariantCulture));
                    said.Release();
                }
            }) { IsBackground = true, Name = "progress" }.Start();
        }

        /// <returns>Of a simulated hour: seconds of a processor, and seconds.</returns>
        public (double Processor, double Seconds) Measure(double atLeast)
        {
            var (begin, before, since) = (Next(), Spent(), Stopwatch.GetTimestamp());
            double end;
            do end = Next();
            while (end - begin < atLeast);
            return ((Spent() - before) / (end - begin), Stopwatch.GetElapsedTime(since).TotalSeconds / (end - begin));
        }

        // What is said from now on.
        private double Next()
        {
            while (said.Wait(0))
            {
            }
            said.Wait();
            return Volatile.Read(ref reached);
        }

        private double Spent() => Of(card) + Of(driver);

        private static double Of(ChildProgram program)
        {
            using var process = Process.GetProcessById(program.ProcessId);
            return process.TotalProcessorTime.TotalSeconds;
        }
    }
}
