using System.CommandLine;
using System.Text.Json.Nodes;
using Pcie.Diagnosis.Perfetto;
using Pcie.Diagnosis.WhatIf;
using Pcie.DriverModel.Report;
using Pcie.Emu.Running;
using Pcie.Emu.WhatIf;
using Pcie.Link;
using Pcie.Program;
using Pcie.Scenario;
using Pcie.Tables;
using Pcie.Trace;

namespace Pcie.Emu.Commands;

/// <summary><c>emu run</c>: runs a scenario and judges it by its expectations.</summary>
internal static class RunCommand
{
    public static Command Create(CancellationToken stopping)
    {
        var scenario = new Argument<string>("scenario")
        {
            Description = "A scenario file, or the name of a shipped scenario.", HelpName = "scenario",
        };
        scenario.CompletionSources.Add(_ => ScenarioCatalog.Names);
        var link = new Option<LinkKind>("--link")
        {
            Description = "inproc: one process, which is so unless given; grpc, unix, shm: two processes.",
        };
        var set = SetOption.Create();
        var seed = SeedOption.Create();
        var duration = new Option<string?>("--duration") { Description = "Instead of the scenario's, as in 10min.", HelpName = "TIME" };
        var file = new Option<string?>("--file") { Description = "Stream this file, whatever the scenario's source is.", HelpName = "PATH" };
        var device = new Option<string?>("--device")
        {
            Description = "The card instead of the scenario's: rtl:PATH, a shared library of simulated RTL (docs/rtl.md).", HelpName = "NAME",
        };
        var card = new Option<string?>("--card")
        {
            Description = "A card that is there already, instead of the scenario's: http://host:port, unix:/path or shm:/path, or one of others: "
                + "qtest:device, as in qtest:edu, or vfio:address.",
            HelpName = "URI",
        };
        var config = new Option<string?>("--device-config") { Description = "What the card of --device rtl: is to the bus.", HelpName = "FILE" };
        var wave = new Option<string?>("--wave") { Description = "Waveforms of --device rtl: go here.", HelpName = "FILE" }.AcceptWritableFilesOnly();
        var output = new Option<string?>("--out")
        {
            Description = "Write the data that arrives to this file.", HelpName = "PATH",
        }.AcceptWritableFilesOnly();
        var trace = new Option<string?>("--trace")
        {
            Description = "Write the trace of both sides to this file: CSV if it ends in .csv, for ui.perfetto.dev if in .perfetto-trace, else "
                + "the binary format.",
            HelpName = "PATH",
        }.AcceptWritableFilesOnly();
        var record = new RecordOptions();
        var flight = new Option<string?>("--flight")
        {
            Description = "Write what happened around each overrun and the longest waits to this file, for emu explain: a day is some 300 KB.",
            HelpName = "PATH",
        }.AcceptWritableFilesOnly();
        var report = ReportOption.Create();
        var cures = new Option<bool>("--try-cures") { Description = "Run again with each cure that the explanation names, and say what it lost." };
        var rare = new Option<bool>("--rare")
        {
            Description = "Say how much the design loses a day: what is rare in the scenario is made to occur often, and counts for as much as it "
                + "does.",
        };
        var precision = PrecisionOption.Create();
        var json = new Option<bool>("--json") { Description = "Print the report as one JSON object and nothing else." };
        var logLevel = new Option<string>("--log-level")
        {
            Description = "What the two processes log.", HelpName = "LEVEL", DefaultValueFactory = _ => "warn",
        };
        link.AcceptOnlyFromAmong("inproc", "grpc", "unix", "shm");
        var command = new Command("run", "Run a scenario.") { scenario, link, set, seed, duration, file, card, device, config, wave, output, trace,
            flight,
            report, cures, rare,
            precision, json, logLevel };
        record.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            var request = new RunRequest(ScenarioCatalog.Find(parsed.GetRequiredValue(scenario)), parsed.GetValue(link))
            {
                Changes = SetOption.Read(parsed, set),
                Seed = parsed.GetValue(seed),
                Duration = parsed.GetValue(duration),
                SourceFile = Existing(parsed.GetValue(file)),
                Card = CardOf(parsed.GetValue(card)),
                Device = parsed.GetValue(device), DeviceConfig = parsed.GetValue(config), WaveFile = parsed.GetValue(wave),
                OutputFile = parsed.GetValue(output),
                TraceFile = parsed.GetValue(trace),
                RecordFile = record.File(parsed),
                RecordPayload = record.Payload(parsed),
                RecordLimit = record.Limit(parsed),
                LogLevel = parsed.GetRequiredValue(logLevel),
                Explains = true,
            };
            if (request.Card is not null && (request.Link != LinkKind.Inproc || request.Device is not null || request.SourceFile is not null
                || request.TraceFile is not null || parsed.GetValue(cures)))
                throw new FormatException("--card is a card that is there already: --link, --device, --file, --trace and --try-cures are for the "
                    + "scenario's.");
            if (parsed.GetValue(rare)) return await RareAsync(request, PrecisionOption.Of(parsed, precision), parsed.GetValue(json), stopping);
            var (ran, recording) = await TracedAsync(request, parsed.GetValue(flight), stopping);
            var trials = parsed.GetValue(cures)
                ? LongWork.Show($"{NameOf(request)} with each cure", () => CureTrial.TryAll(request, ExplainedRun.Of(ran, recording), stopping))
                : null;
            if (parsed.GetValue(json)) Console.WriteLine(AsJson(ran, recording, trials));
            else VerdictColours.Write(AsText(ran, recording, trials) + "\n");
            ReportOption.Write(parsed.GetValue(report), parsed.GetValue(json), () => ExplainedRun.ToReport(ran, recording),
                request.LoadScenario());
            return ran.ExitStatus;
        });
        return command;
    }

    private static string NameOf(RunRequest request) => Path.GetFileNameWithoutExtension(request.ScenarioPath);

    private static LinkUri? CardOf(string? uri) =>
        uri is null ? null
        : LinkUri.Parse(uri) is { Scheme: not LinkScheme.InProcess and not LinkScheme.Https } card ? card
        : throw new FormatException($"--card {uri}: expected a card of another program, or of others; where it takes certificates, use emu host.");

    private static async Task<int> RareAsync(RunRequest request, double precision, bool json, CancellationToken stopping)
    {
        if (request != new RunRequest(request.ScenarioPath, LinkKind.Inproc)
            {
                Seed = request.Seed, Duration = request.Duration, LogLevel = request.LogLevel, Explains = request.Explains,
                Changes = request.Changes,
            })
            throw new FormatException(
                "--rare runs in this process, several times, and keeps no trace, recording or data: leave the other options out.");
        if (await WhatIfCommand.ExecuteAsync(new WhatIfRun(request, seeds: 2, [], precision), stopping) is not { } comparison)
            return ExitStatus.Interrupted;
        Console.Write(json ? WhatIfCommand.ToJsonText(comparison) : ComparisonText.OfOne(comparison));
        return ExitStatus.Done;
    }

    private static string AsText(RunReport report, TraceRecording flight, IReadOnlyList<CureTrial>? trials)
    {
        var text = ExplainedRun.ToText(report, flight);
        return trials is null ? text : $"{text}\n\n{CureTrial.ToText(report, trials)}";
    }

    private static string AsJson(RunReport report, TraceRecording flight, IReadOnlyList<CureTrial>? trials)
    {
        var json = ExplainedRun.ToJson(report, flight);
        if (trials is not null) json["trials"] = new JsonArray([.. trials.Select(trial => JsonOutput.ObjectOf(TrialFigures.Of(trial)))]);
        return JsonOutput.TextOf(json);
    }

    /// <exception cref="FileNotFoundException">It does not exist.</exception>
    public static string? Existing(string? file) =>
        file is null || File.Exists(file) ? file : throw new FileNotFoundException($"There is no file '{file}'.");

    // A Perfetto trace is made of our own, which either link can give.
    private static async Task<(RunReport Report, TraceRecording Flight)> TracedAsync(RunRequest request, string? flightFile,
        CancellationToken stopping)
    {
        if (request.TraceFile is not { } target || !target.EndsWith(PerfettoExport.Extension, StringComparison.OrdinalIgnoreCase))
            return await ExecuteAsync(request, flightFile, stopping);
        var folder = Directory.CreateTempSubdirectory("emu-trace-");
        try
        {
            var own = Path.Combine(folder.FullName, Path.ChangeExtension(Path.GetFileName(target), "trace"));
            var run = await ExecuteAsync(request with { TraceFile = own }, flightFile, stopping);
            // One for each card.
            foreach (var written in folder.GetFiles())
                ExportCommand.WriteOwn(written.FullName, written.FullName == own ? target
                    : Path.ChangeExtension(Path.Combine(Path.GetDirectoryName(target)!, written.Name), PerfettoExport.Extension));
            return run;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<(RunReport Report, TraceRecording Flight)> ExecuteAsync(RunRequest request, string? flightFile,
        CancellationToken stopping)
    {
        if (request.Link != LinkKind.Inproc) return await ExplainedRun.OfTwoProcessesAsync(request, flightFile, TwoProcesses);
        var run = new InProcessRun(request with { FlightFile = flightFile });
        var report = await Shown(Task.Factory.StartNew(
            () => run.Execute(stopping), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default), () => run.Progress);
        if (flightFile is not null) TraceOutput.Write(run.Flight!, flightFile);
        return (report, run.Flight!);

        Task<RunReport> TwoProcesses(RunRequest two)
        {
            var done = 0.0;
            return Shown(TwoProcessRun.ExecuteAsync(two, null, share => Volatile.Write(ref done, share), stopping), () => Volatile.Read(ref done));
        }

        Task<RunReport> Shown(Task<RunReport> executing, Func<double> progress) => LongWork.ShowAsync(executing, NameOf(request), progress);
    }
}
