using System.CommandLine;
using System.Diagnostics;
using Pcie.Campaign.Local;
using Pcie.Campaign.Plan;
using Pcie.Campaign.Results;
using Pcie.Campaign.Units;
using Pcie.Emu.Campaigns;
using Pcie.Program;
using Pcie.Tables;
using Pcie.Workers.Submitting;

namespace Pcie.Emu.Commands;

/// <summary><c>emu campaign</c>: designs × seeds × scenarios.</summary>
internal static class CampaignCommand
{
    public static Command Create(CancellationToken stopping)
    {
        var file = new Argument<string>("file") { Description = "What to run, as docs/campaigns.md describes it." };
        var output = new Option<string?>("--out")
        {
            Description = "Write a line of JSON for each unit to this file; what is in it already is not run again.", HelpName = "JSONL",
        };
        var processors = new Option<int>("--processors")
        {
            Description = "Run on so many of this machine's.", HelpName = "N", DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        var report = ReportOption.Create();
        var json = new Option<bool>("--json") { Description = "Print what it came to as one JSON object and nothing else." };
        var withdraw = new Option<bool>("--withdraw") { Description = "Take it off the cluster; what is done is kept there." };
        var forget = new Option<bool>("--forget")
        {
            Description = "Take it off the cluster, and remove what it came to from the store; another campaign that needs that runs it again.",
        };
        var command = new Command("campaign", "Run designs in scenarios over many seeds, and rank the designs.")
        {
            file, output, processors, report, json, withdraw, forget,
        };
        var cluster = new ClusterCommandLine(command, isNeeded: false);
        command.SetAction(async (parsed, _) =>
        {
            var n = parsed.GetValue(processors);
            if (n is < 1 or > 4096) throw new FormatException($"--processors {n}: expected 1 to 4096.");
            var runner = new UnitRunner();
            var plan = CampaignPlanner.Plan(parsed.GetRequiredValue(file), runner.Version);
            var on = cluster.Read(parsed) is var (store, credentials)
                ? new ClusterRun(store, plan, runner.Version, credentials, text => Console.Error.WriteLine($"emu: {plan.Name}: {text}")) : null;
            if (on is not null && parsed.GetResult(processors) is { Implicit: false })
                throw new FormatException("--processors is of this machine, and with --cluster its workers run: give it to emu worker.");
            if (parsed.GetValue(withdraw) || parsed.GetValue(forget))
            {
                if (on is null) throw new FormatException("--withdraw and --forget take a campaign off a cluster: give its --cluster.");
                await (parsed.GetValue(forget) ? on.ForgetAsync(stopping) : on.WithdrawAsync(stopping));
                return ExitStatus.Done;
            }
            var results = new CampaignResults(plan);
            using var lines = parsed.GetValue(output) is { } path ? ResultFile.Open(path, plan, results) : null;
            var known = results.Count;
            await SayAsync(plan, known);
            var watch = Stopwatch.StartNew();
            Task Run(Action<int, int, UnitOutcome> add) => on is not null ? on.ExecuteAsync(add, stopping)
                : Task.Factory.StartNew(() => new LocalRun(plan, runner, n).Execute(results.Has, add, stopping), CancellationToken.None,
                    TaskCreationOptions.LongRunning, TaskScheduler.Default);
            if (!await RunAsync(Run, () => Math.Max(on?.Done ?? 0, results.Count), plan, results, lines, on))
                return ExitStatus.Interrupted;
            var isJson = parsed.GetValue(json);
            Console.Write(isJson ? JsonOutput.TextOf(CampaignFigures.Of(plan, results, known, on is null ? n : null, watch.Elapsed)) + "\n"
                : CampaignOutput.ToText(plan, results));
            if (parsed.GetValue(report) is not { } folder) return ExitStatus.Done;
            foreach (var page in CampaignOutput.WritePages(plan, results, ReportOption.Origin(null), folder))
                if (!isJson) Console.WriteLine($"\nWith pictures: {page}");
            return ExitStatus.Done;
        });
        return command;
    }

    private static async Task SayAsync(CampaignPlan plan, long known)
    {
        var units = $"{plan.Units:#,0} unit{(plan.Units == 1 ? "" : "s")}";
        await Console.Error.WriteLineAsync($"emu: {plan.Name}: {plan.Rows.Count:#,0} designs × {plan.Seeds:#,0} seeds: {units}"
            + (known > 0 ? $", of which {known:#,0} are known" : ""));
    }

    /// <param name="done">Units that are, as far as is known.</param>
    /// <returns>Whether it came to its end; if not, it has been said.</returns>
    private static async Task<bool> RunAsync(Func<Action<int, int, UnitOutcome>, Task> run, Func<long> done, CampaignPlan plan,
        CampaignResults results, ResultFile? lines, ClusterRun? on)
    {
        // The units in a file are those that were counted, so that nobody else need be asked what is done.
        try
        {
            await LongWork.ShowAsync(ExecuteAsync(), plan.Name, () => (double)done() / plan.Units);
            return true;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"emu: interrupted; {done():#,0} of {plan.Units:#,0} units are done"
                + (on is { IsSubmitted: false } ? ": the cluster had not got it yet."
                    : on is not null ? ", and the cluster goes on: the same command shows it again, --withdraw takes it off."
                    : lines is null ? ", and kept nowhere: --out keeps them." : ": the same command goes on from there."));
            return false;
        }

        async Task<bool> ExecuteAsync()
        {
            await run((row, seed, outcome) =>
            {
                if (results.Has(row, seed)) return;
                lines?.Add(plan.Rows[row], outcome);
                results.Add(row, seed, outcome);
            });
            return true;
        }
    }
}
