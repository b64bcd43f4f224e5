using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Pcie.Bench.Workers;

/// <summary>
/// Units of a simulated hour by one worker of one processor against <c>emu campaign</c> on one, and by two such workers against one, turn by turn, in
/// time and in processor time. Beside them what the machine's second processor gives at all: two <c>emu campaign</c> of half the units each, at once.
/// </summary>
/// <remarks>
/// All is what <see cref="More"/> units more take than so many that all is compiled, so that no start is in it. A worker stays from one campaign to
/// the next, and is warmed up by one of its own; <c>emu campaign</c> compiles anew each time. The machine may be slower in one turn than in the next:
/// so the overhead is also given within one and the same turn, as what the scheduler counted of the threads that run units, and of all else.
/// </remarks>
internal sealed class HourFigures(RedisProcess redis) : IDisposable
{
    private const int Rounds = 3, Warm = 16, Few = 4, More = 32, Designs = 2;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("bench-workers-");
    private ulong seed;

    public void Dispose() => folder.Delete(recursive: true);

    public void Print()
    {
        var (alone, one, two, apart) = (new List<Campaigned>(), new List<Campaigned>(), new List<Campaigned>(), new List<Campaigned>());
        for (var round = 0; round < Rounds; round++)
        {
            alone.Add(Plain(1));
            one.Add(ByWorkers(1));
            two.Add(ByWorkers(2));
            apart.Add(Plain(2));
        }
        Console.WriteLine($"{More} units of an hour of late-dpc more, {Rounds} rounds: emu campaign on one processor "
            + $"{Median(alone, run => run.Seconds):0.0} s, {Median(alone, run => run.Processor):0.0} s of a processor");
        Console.WriteLine($"one worker of one processor: {Median(one, run => run.Seconds):0.0} s, {Median(one, run => run.Processor):0.0} s of a "
            + $"processor (x{Ratio(one, alone, run => run.Processor):0.000} in processor time, "
            + $"x{Ratio(one, alone, run => run.Seconds):0.000} in time)");
        Console.WriteLine($"of it, by the scheduler: its thread of units ran {Median(one, run => run.Account.Units):0.0} s, and all else, with "
            + $"the submitting program and the store, {Median(one, run => run.Else):0.00} s, compilers apart "
            + $"(x{Median(one, run => run.OfProcessor):0.000} in processor time, x{Median(one, run => run.OfTime):0.000} in time)");
        Console.WriteLine($"two workers of one processor each: {Median(two, run => run.Seconds):0.0} s "
            + $"(x{1 / Ratio(two, one, run => run.Seconds):0.00} the rate), {Median(two, run => run.Processor):0.0} s of a processor "
            + $"(x{Ratio(two, one, run => run.Processor):0.000})");
        Console.WriteLine($"two emu campaign of half of them each, at once: {Median(apart, run => run.Seconds):0.0} s "
            + $"(x{1 / Ratio(apart, alone, run => run.Seconds):0.00} the rate of one: what the second processor gives), "
            + $"{Median(apart, run => run.Processor):0.0} s of a processor (x{Ratio(apart, alone, run => run.Processor):0.000}); two workers have "
            + $"x{1 / Ratio(two, apart, run => run.Seconds):0.00} of their rate");
    }

    private Campaigned Plain(int campaigns)
    {
        var few = Run([], campaigns, Warm);
        var many = Run([], campaigns, Warm + More / campaigns);
        return many - few;
    }

    private Campaigned ByWorkers(int count)
    {
        var members = Enumerable.Range(0, count)
            .Select(_ => EmuProcess.Start("emu.dll", "worker", "--cluster", redis.Uri, "--processors", "1")).ToList();
        try
        {
            foreach (var member in members) member.StandardOutput.ReadLine();
            Run(members, 1, Warm * count);
            var few = Run(members, 1, Few);
            var many = Run(members, 1, Few + More);
            return many - few;
        }
        finally
        {
            foreach (var member in members)
            {
                member.Kill();
                member.WaitForExit();
                member.Dispose();
            }
        }
    }

    /// <param name="members">Workers; none if the campaigns run their units by themselves.</param>
    /// <param name="campaigns">How many, at once.</param>
    /// <param name="units">Of each of them.</param>
    /// <returns>The time of the longest, and the processor time of campaigns, workers and store.</returns>
    private Campaigned Run(List<Process> members, int campaigns, int units)
    {
        var (before, account) = (ChildTime.Total + TimeOf(members), AccountOf(members));
        var submitted = Enumerable.Range(0, campaigns).Select(number => Submit(members.Count > 0, $"hours{number}", units)).ToList();
        var seconds = submitted.Max(campaign =>
        {
            using (campaign)
            {
                var said = JsonNode.Parse(campaign.StandardOutput.ReadToEnd())!;
                campaign.WaitForExit();
                return (long)said["wall_ns"]! / 1e9;
            }
        });
        var processor = (ChildTime.Total + TimeOf(members) - before).TotalSeconds;
        return new Campaigned(seconds, processor, AccountOf(members) - account);
    }

    private Process Submit(bool toCluster, string name, int units)
    {
        seed += 1000;
        var file = Path.Combine(folder.FullName, $"{name}.toml");
        File.WriteAllText(file, $"""
            [campaign]
            seeds = {units / Designs}
            first-seed = {seed}
            duration = "1h"
            [[campaign.scenario]]
            file = "late-dpc"
            [[campaign.design]]
            change = "driver.dpc-importance=high"
            """);
        return EmuProcess.Start("emu.dll",
            ["campaign", file, "--json", .. toCluster ? (string[])["--cluster", redis.Uri] : ["--processors", "1"]]);
    }

    /// <returns>What the workers took, and the store if there are any.</returns>
    private TimeSpan TimeOf(List<Process> members)
    {
        foreach (var member in members) member.Refresh();
        return members.Aggregate(members.Count > 0 ? redis.Processor : TimeSpan.Zero, (sum, member) => sum + member.TotalProcessorTime);
    }

    private static UnitAccount AccountOf(List<Process> members) => members.Select(UnitAccount.Of).Aggregate(new UnitAccount(0, 0, 0), (a, b) => a + b);

    private static double Median(List<Campaigned> runs, Func<Campaigned, double> of) => runs.Select(of).Order().ElementAt(runs.Count / 2);

    private static double Ratio(List<Campaigned> runs, List<Campaigned> beneath, Func<Campaigned, double> of) =>
        runs.Zip(beneath, (a, b) => of(a) / of(b)).Order().ElementAt(runs.Count / 2);

    private sealed record Campaigned(double Seconds, double Processor, UnitAccount Account)
    {
        /// <summary>Seconds of a processor that neither units nor compilers took.</summary>
        public double Else => Processor - Account.Units - Account.Compilers;

        public double OfProcessor => 1 + Else / Account.Units;

        /// <summary>One worker's time over the time in which its thread ran, or could not for want of a processor.</summary>
        public double OfTime => Seconds / (Account.Units + Account.Waited);

        public static Campaigned operator -(Campaigned many, Campaigned few) =>
            new(many.Seconds - few.Seconds, many.Processor - few.Processor, many.Account - few.Account);
    }
}
