using System.CommandLine;
using Pcie.Diagnosis.Import;
using Pcie.Diagnosis.Report;
using Pcie.Diagnosis.Validation;
using Pcie.Emu.Validation;
using Pcie.Program;
using Pcie.Tables;

namespace Pcie.Emu.Commands;

/// <summary><c>emu validate</c>: whether a machine calibrated on one part of a recording waits as the other part of it did.</summary>
internal static class ValidateCommand
{
    public static Command Create(CancellationToken stopping)
    {
        var file = new Argument<string>("file") { Description = "A recording that tells requests and runs: ftrace or perf script; gzip or not." };
        var split = new Option<double>("--split")
        {
            Description = "Which part of its time is calibrated on: the first.", HelpName = "SHARE", DefaultValueFactory = _ => 0.5,
        };
        var slices = new Option<int>("--slices")
        {
            Description = "Into how many slices of time it is cut, of each of which that part is calibrated on: for a load that changes.",
            HelpName = "N", DefaultValueFactory = _ => 1,
        };
        var runs = new Option<int>("--runs")
        {
            Description = "Simulations, each as long as the part that is held out.", HelpName = "N", DefaultValueFactory = _ => 20,
        };
        var apart = new Option<bool>("--apart")
        {
            Description = "Do not look for sources of which one comes after another: what that changes.",
        };
        var clock = ClockRateOption.Create();
        var html = new Option<string?>("--html") { Description = "Write the comparison with its pictures to this file.", HelpName = "PATH" }
            .AcceptWritableFilesOnly();
        var json = new Option<bool>("--json") { Description = "Print the comparison as one JSON object and nothing else." };
        var command = new Command("validate", "Calibrate on one part of a recording, simulate, and compare with the other part.")
        {
            file, split, slices, runs, apart, clock, html, json,
        };
        command.SetAction(parsed =>
        {
            var path = RunCommand.Existing(parsed.GetRequiredValue(file))!;
            if (parsed.GetValue(split) is not (> 0 and < 1))
                throw new FormatException($"--split {parsed.GetValue(split)}: expected a share of the time, above 0 and below 1.");
            if (parsed.GetValue(slices) is < 1 or > 10_000) throw new FormatException($"--slices {parsed.GetValue(slices)}: expected 1 to 10000.");
            if (parsed.GetValue(runs) is < 1 or > 1000) throw new FormatException($"--runs {parsed.GetValue(runs)}: expected 1 to 1000.");
            var importer = RecordingImporter.Open(path, clockRate: ClockRateOption.Of(parsed.GetValue(clock)));
            var result = RecordingValidation.Of(importer, path, parsed.GetValue(split), parsed.GetValue(slices), parsed.GetValue(runs),
                parsed.GetValue(apart), sink => RecordingImport.Run(importer, sink, path, stopping), Show(path), stopping);
            if (parsed.GetValue(html) is { } page) File.WriteAllText(page, ValidationPage.Of(result));
            Console.Write(parsed.GetValue(json) ? JsonOutput.TextOf(ValidationFigures.Of(result)) + "\n" : ValidationText.Of(result));
            return ExitStatus.Of(result.Passed);
        });
        return command;
    }

    /// <summary>Half of a recording against the other half, by slices of its time.</summary>
    internal static ValidationResult Validate(string path, CancellationToken stopping)
    {
        var importer = RecordingImporter.Open(path);
        return RecordingValidation.Of(importer, path, split: 0.5, slices: 20, runs: 10, isApart: false,
            sink => RecordingImport.Run(importer, sink, path, stopping), Show(path), stopping);
    }

    private static Action<Action, Func<double>> Show(string path) => (work, done) => LongWork.Show($"{Path.GetFileName(path)}, simulated", () =>
    {
        work();
        return true;
    }, done);
}
