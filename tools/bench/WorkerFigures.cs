using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Pcie.Bench.Workers;
using Pcie.Campaign.Results;
using Pcie.Workers.Store;
using Pcie.Workers.Submitting;
using Pcie.Workers.Working;

namespace Pcie.Bench;

/// <summary>
/// <c>bench workers [hours] [short] [memory]</c>: what campaigns on a cluster cost, on a Redis of its own. Units of a simulated hour by one worker of
/// one processor against <c>emu campaign</c> on one, and by two such workers against one, turn by turn, in time and in processor time: what 32 more
/// take than so many that all is compiled, so that no start is in it. Beside them what the machine's second processor gives at all: two
/// <c>emu campaign</c> of half the units each, at once. Units of a millisecond, in this process; what the submitting side takes of memory, in a
/// process of its own.
/// </summary>
internal static class WorkerFigures
{
    private const int Rounds = 3, Few = 16, Many = 48, Short = 10_000;

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
        var folder = Directory.CreateTempSubdirectory("bench-workers-");
        var (alone, one, two, apart) = (new List<Campaigned>(), new List<Campaigned>(), new List<Campaigned>(), new List<Campaigned>());
        var seed = 0UL;
        for (var round = 0; round < Rounds; round++)
        {
            alone.Add(Measure(0, 1));
            one.Add(Measure(1, 1));
            two.Add(Measure(2, 1));
            apart.Add(Measure(0, 2));
        }
        folder.Delete(recursive: true);
        Row($"{Many - Few} units of an hour of late-dpc more, {Rounds} rounds: emu campaign on one processor "
            + $"{Median(alone, run => run.Seconds):0.0} s, {Median(alone, run => run.Processor):0.0} s of a processor");
        Row($"one worker of one processor: {Median(one, run => run.Seconds):0.0} s, {Median(one, run => run.Processor):0.0} s of a processor "
            + $"(x{Ratio(one, alone, run => run.Processor):0.000} in processor time, x{Ratio(one, alone, run => run.Seconds):0.000} in time)");
        Row($"two workers of one processor each: {Median(two, run => run.Seconds):0.0} s (x{1 / Ratio(two, one, run => run.Seconds):0.00} the rate), "
            + $"{Median(two, run => run.Processor):0.0} s of a processor (x{Ratio(two, one, run => run.Processor):0.000})");
        Row($"two emu campaign of half of them each, at once: {Median(apart, run => run.Seconds):0.0} s "
            + $"(x{1 / Ratio(apart, alone, run => run.Seconds):0.00} the rate of one: what the second processor gives), "
            + $"{Median(apart, run => run.Processor):0.0} s of a processor (x{Ratio(apart, alone, run => run.Processor):0.000}); two workers have "
            + $"x{1 / Ratio(two, apart, run => run.Seconds):0.00} of their rate");

        // Starting, joining, compiling and connecting are in both.
        Campaigned Measure(int workers, int campaigns)
        {
            var few = CampaignsOfHours(redis, folder.FullName, workers, campaigns, seed += 1000, Few);
            var many = CampaignsOfHours(redis, folder.FullName, workers, campaigns, seed += 1000, Many);
            return new Campaigned(many.Seconds - few.Seconds, many.Processor - few.Processor);
        }
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
            using var submitting = Start("bench.dll", "workers", "submit", redis.Uri, $"{count}");
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

    // Processor time is that of whoever runs the units; time is that of the campaign, the longest if there are several.
    private static Campaigned CampaignsOfHours(RedisProcess redis, string folder, int workers, int campaigns, ulong firstSeed, int units)
    {
        var before = ChildTime.Total;
        var members = Enumerable.Range(0, workers).Select(_ => Start("emu.dll", "worker", "--cluster", redis.Uri, "--processors", "1")).ToList();
        foreach (var member in members) member.StandardOutput.ReadLine();
        var submitted = Enumerable.Range(0, campaigns).Select(number =>
        {
            var file = Path.Combine(folder, $"hours{number}.toml");
            File.WriteAllText(file, $"""
                [campaign]
                seeds = {units / 2 / campaigns}
                first-seed = {firstSeed + 100 * (ulong)number}
                duration = "1h"
                [[campaign.scenario]]
                file = "late-dpc"
                [[campaign.design]]
                change = "driver.dpc-importance=high"
                """);
            return Start("emu.dll", ["campaign", file, "--json", .. workers == 0 ? (string[])["--processors", "1"] : ["--cluster", redis.Uri]]);
        }).ToList();
        var seconds = submitted.Max(campaign =>
        {
            using (campaign)
            {
                var said = JsonNode.Parse(campaign.StandardOutput.ReadToEnd())!;
                campaign.WaitForExit();
                return (long)said["wall_ns"]! / 1e9;
            }
        });
        var submitting = ChildTime.Total - before;
        foreach (var member in members)
        {
            member.Kill();
            member.WaitForExit();
            member.Dispose();
        }
        return new Campaigned(seconds, (ChildTime.Total - before - (workers == 0 ? default : submitting)).TotalSeconds);
    }

    private static Process Start(string program, params IEnumerable<string> arguments) => Process.Start(
        new ProcessStartInfo("dotnet", arguments.Prepend(Path.Combine(AppContext.BaseDirectory, program)))
        {
            RedirectStandardOutput = true,
        })!;

    private static double Median(List<Campaigned> runs, Func<Campaigned, double> of) => runs.Select(of).Order().ElementAt(runs.Count / 2);

    private static double Ratio(List<Campaigned> runs, List<Campaigned> beneath, Func<Campaigned, double> of) =>
        runs.Zip(beneath, (a, b) => of(a) / of(b)).Order().ElementAt(runs.Count / 2);

    private static void Row(string text) => Console.WriteLine(text);

    private sealed record Campaigned(double Seconds, double Processor);
}
