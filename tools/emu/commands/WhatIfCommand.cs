using System.CommandLine;
using System.Text.Json;
using Pcie.Diagnosis.WhatIf;
using Pcie.Emu.Running;
using Pcie.Emu.WhatIf;
using Pcie.Program;
using Spectre.Console;

namespace Pcie.Emu.Commands;

/// <summary><c>emu whatif</c>: a scenario beside the same with its design changed, over several seeds.</summary>
internal static class WhatIfCommand
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };

    public static Command Create(CancellationToken stopping)
    {
        var scenario = new Argument<string>("scenario") { Description = "A scenario file, or the name of a shipped scenario." };
        var seeds = new Option<int>("--seeds")
        {
            Description = "How many, from the scenario's own upwards.", HelpName = "N", DefaultValueFactory = _ => 2,
        };
        var duration = new Option<string?>("--duration") { Description = "Of each run, instead of the scenario's, as in 6h.", HelpName = "TIME" };
        var change = new Option<string[]>("--change")
        {
            Description = "A change to try instead of the usual ones, as in driver.buffering=ring,driver.ring-slots=4; may be given several times.",
            HelpName = "KEY=VALUE[,...]", AllowMultipleArgumentsPerToken = false,
        };
        var report = ReportOption.Create();
        var json = new Option<bool>("--json") { Description = "Print the comparison as one JSON object and nothing else." };
        var command = new Command("whatif", "Run a scenario with its design changed in one way after the other, and rank the changes.")
        {
            scenario, seeds, duration, change, report, json,
        };
        command.SetAction(async (parsed, _) =>
        {
            var n = parsed.GetValue(seeds);
            if (n is < 1 or > 1000) throw new FormatException($"--seeds {n}: expected 1 to 1000.");
            var request = new RunRequest(ScenarioCatalog.Find(parsed.GetRequiredValue(scenario)), LinkKind.Inproc)
            {
                Duration = parsed.GetValue(duration),
            };
            var changes = parsed.GetValue(change) is { Length: > 0 } given ? given.Select(DesignChange.Of).ToList() : null;
            var run = new WhatIfRun(request, n, changes);
            try
            {
                var comparison = await ExecuteAsync(run, stopping);
                Console.Write(parsed.GetValue(json) ? ComparisonFigures.Of(comparison).ToJsonString(Readable) + "\n" : ComparisonText.Of(comparison));
                ReportOption.Write(parsed.GetValue(report), parsed.GetValue(json),
                    () => ExplainedRun.ToReport(run.First!.Value.Report, run.First.Value.Flight, comparison));
                return ExitStatus.Done;
            }
            catch (OperationCanceledException)
            {
                await Console.Error.WriteLineAsync("emu: interrupted; a part of the runs compares nothing.");
                return ExitStatus.Unexpected;
            }
        });
        return command;
    }

    // Progress goes to standard error, and only to a terminal.
    private static async Task<Comparison> ExecuteAsync(WhatIfRun run, CancellationToken stopping)
    {
        var executing = Task.Factory.StartNew(() => run.Execute(stopping), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        if (Console.IsErrorRedirected) return await executing;
        var terminal = ErrorTerminal.Create();
        await terminal.Progress().AutoClear(true).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(),
            new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var task = context.AddTask($"{run.Count} runs of {run.Duration}");
                while (await Task.WhenAny(executing, Task.Delay(100, CancellationToken.None)) != executing) task.Value = run.Progress * 100;
            });
        return await executing;
    }
}
