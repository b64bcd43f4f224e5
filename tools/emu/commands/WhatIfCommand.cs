using System.CommandLine;
using Pcie.Diagnosis.WhatIf;
using Pcie.Emu.Running;
using Pcie.Emu.WhatIf;
using Pcie.Program;
using Pcie.Scenario;
using Pcie.Tables;

namespace Pcie.Emu.Commands;

/// <summary><c>emu whatif</c>: a scenario beside the same with its design changed, over several seeds.</summary>
internal static class WhatIfCommand
{
    public static Command Create(CancellationToken stopping)
    {
        var scenario = new Argument<string>("scenario") 
        {
            Description = "A scenario file, or the name of a shipped scenario.", HelpName = "scenario",
        };
        scenario.CompletionSources.Add(_ => ScenarioCatalog.Names);
        var set = SetOption.Create();
        var seeds = new Option<int>("--seeds")
        {
            Description = "How many, from the scenario's own upwards.", HelpName = "N", DefaultValueFactory = _ => 2,
        };
        var duration = new Option<string?>("--duration")
        {
            Description = "Of each run, instead of the scenario's, as in 6h; if what is rare is made to occur often, of the run without it.",
            HelpName = "TIME",
        };
        var precision = PrecisionOption.Create();
        var plain = new Option<bool>("--plain") { Description = "Simulate as it is: what is rare occurs as seldom as it does." };
        var change = new Option<string[]>("--change")
        {
            Description = "A change to try instead of the usual ones, as in driver.buffering=ring,driver.ring-slots=4; may be given several times.",
            HelpName = "KEY=VALUE[,...]", AllowMultipleArgumentsPerToken = false,
        };
        var program = new Option<string?>("--program")
        {
            Description = "Run this program for each design: one of yours around your driver, with its card in its process (docs/own-driver.md); the "
                + "file, or its assembly. Needs --change.",
            HelpName = "PATH",
        };
        var report = ReportOption.Create();
        var json = new Option<bool>("--json") { Description = "Print the comparison as one JSON object and nothing else." };
        var command = new Command("whatif", "Run a scenario with its design changed in one way after the other, and rank the changes.")
        {
            scenario, set, seeds, duration, precision, plain, change, program, report, json,
        };
        command.SetAction(async (parsed, _) =>
        {
            var n = parsed.GetValue(seeds);
            if (n is < 1 or > 1000) throw new FormatException($"--seeds {n}: expected 1 to 1000.");
            var request = new RunRequest(ScenarioCatalog.Find(parsed.GetRequiredValue(scenario)), LinkKind.Inproc)
            {
                Changes = SetOption.Read(parsed, set), Duration = parsed.GetValue(duration),
            };
            var changes = parsed.GetValue(change) is { Length: > 0 } given ? given.Select(DesignChange.Of).ToList() : null;
            IWhatIf run = parsed.GetValue(program) is not { } own
                ? new WhatIfRun(request, n, changes, parsed.GetValue(plain) ? null : PrecisionOption.Of(parsed, precision))
                : new OwnProgramWhatIf(RunCommand.Existing(own)!, request, n,
                    changes ?? throw new FormatException("--program needs --change: which designs? What its driver can choose, only it knows."));
            if (await ExecuteAsync(run, stopping) is not { } comparison) return ExitStatus.Interrupted;
            Console.Write(parsed.GetValue(json) ? ToJsonText(comparison) : ComparisonText.Of(comparison));
            ReportOption.Write(parsed.GetValue(report), parsed.GetValue(json),
                () => ExplainedRun.ToReport(run.First!.Value.Report, run.First.Value.Flight, comparison), request.LoadScenario());
            return ExitStatus.Done;
        });
        return command;
    }

    public static string ToJsonText(Comparison comparison) => JsonOutput.TextOf(ComparisonFigures.Of(comparison)) + "\n";

    /// <summary>Runs all of it, with its progress on the terminal.</summary>
    /// <returns>Null if it was interrupted, which has been said.</returns>
    public static async Task<Comparison?> ExecuteAsync(IWhatIf run, CancellationToken stopping)
    {
        try
        {
            return await LongWork.ShowAsync(
                Task.Factory.StartNew(() => run.Execute(stopping), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default),
                run.Task, () => run.Progress);
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("emu: interrupted; a part of the runs compares nothing.");
            return null;
        }
    }
}
