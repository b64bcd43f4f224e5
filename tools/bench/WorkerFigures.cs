using System.Diagnostics;
using System.Globalization;
using System.Net;
using Pcie.Bench.Workers;
using Pcie.Campaign.Results;
using Pcie.Workers.Store;
using Pcie.Workers.Submitting;
using Pcie.Workers.Working;

namespace Pcie.Bench;

/// <summary>
/// <c>bench workers [hours] [short] [memory]</c>: what campaigns on a cluster cost, on a Redis of its own. Units of a simulated hour
/// (<see cref="HourFigures"/>); units of a millisecond, in this process; what the submitting side takes of memory, in a process of its own.
/// </summary>
internal static class WorkerFigures
{
    private const int Rounds = 3, Short = 10_000;

    private static readonly int[] Counts = [10_000, 100_000];

    public static void Print(string[] rest)
    {
        if (rest is ["submit", var uri, var units])
        {
            Console.WriteLine(MemoryOfSubmitting(uri, int.Parse(units, CultureInfo.InvariantCulture)));
            return;
        }
        using var redis = new RedisProcess();
        foreach (var (part, print) in ((string, Action<RedisProcess>)[])[("hours", PrintHours), ("short", PrintShort), ("memory", PrintMemory)])
            if (rest.Length == 0 || rest.Contains(part)) print(redis);
    }

    private static void PrintHours(RedisProcess redis)
    {
        using var hours = new HourFigures(redis);
        hours.Print();
    }

    private static void PrintShort(RedisProcess redis)
    {
        var rates = new double[Rounds];
        var processor = new double[Rounds];
        for (var round = 0; round < Rounds; round++)
        {
            var plan = BusyRunner.Plan($"short {round}", Short);
            var since = Stopwatch.GetTimestamp();
            var before = Environment.CpuUsage.TotalTime;
            WithWorker(redis, TimeSpan.FromMilliseconds(1), () => Submit(redis.Uri, plan.Name, Short));
            rates[round] = Short / Stopwatch.GetElapsedTime(since).TotalSeconds;
            processor[round] = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
        }
        Row($"{Short:#,0} units of a millisecond on {Environment.ProcessorCount} processors: {rates.Order().ElementAt(Rounds / 2):0} a second, with "
            + $"joining and leaving; {processor.Order().ElementAt(Rounds / 2):0.0} s of a processor, of which {Short / 1000} the units'");
    }

    private static void PrintMemory(RedisProcess redis) => WithWorker(redis, TimeSpan.Zero, () =>
    {
        foreach (var count in Counts)
        {
            var (before, since) = (redis.Memory, Stopwatch.GetTimestamp());
            using var submitting = EmuProcess.Start("bench.dll", "workers", "submit", redis.Uri, $"{count}");
            var said = submitting.StandardOutput.ReadToEnd().Trim();
            submitting.WaitForExit();
            var rate = count / Stopwatch.GetElapsedTime(since).TotalSeconds;
            Row($"{count:#,0} units of no time, submitted from a process of its own: {said}; {rate:#,0} units a second, "
                + $"{(redis.Memory - before) / (double)count:0} bytes of the store each");
        }
    });

    private static string MemoryOfSubmitting(string uri, int units)
    {
        var most = 0L;
        var read = 0;
        Submit(uri, $"many {units}", units, () =>
        {
            if (++read % (units / 20) == 0) most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true));
        });
        using var self = Process.GetCurrentProcess();
        return string.Create(CultureInfo.InvariantCulture,
            $"{most / 1048576.0:0.0} MiB of objects, {self.PeakWorkingSet64 / 1048576.0:0} MiB in all");
    }

    private static void Submit(string uri, string name, int units, Action? each = null)
    {
        var plan = BusyRunner.Plan(name, units);
        var results = new CampaignResults(plan);
        var version = new BusyRunner(default).Version;
        new ClusterRun(ClusterUri.Parse(uri), plan, version, null, Console.Error.WriteLine).ExecuteAsync((row, seed, outcome) =>
        {
            results.Add(row, seed, outcome);
            each?.Invoke();
        }, CancellationToken.None).GetAwaiter().GetResult();
        if (!results.IsComplete) throw new InvalidOperationException($"{results.Count} of {units} units came.");
    }

    private static void WithWorker(RedisProcess redis, TimeSpan unit, Action act)
    {
        var options = new WorkerOptions("bench", Environment.ProcessorCount, IPAddress.Loopback, 0, null, null);
        var worker = Worker.StartAsync(ClusterUri.Parse(redis.Uri), options, new BusyRunner(unit), CancellationToken.None).GetAwaiter().GetResult();
        act();
        worker.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private static void Row(string text) => Console.WriteLine(text);
}
