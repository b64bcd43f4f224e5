using System.CommandLine;
using Pcie.Diagnosis.Perfetto;
using Pcie.DriverModel.Report;
using Pcie.Emu.Running;
using Pcie.Emu.WhatIf;
using Pcie.Program;
using Pcie.Trace;
using Spectre.Console;

namespace Pcie.Emu.Commands;

/// <summary><c>emu run</c>: runs a scenario and judges it by its expectations.</summary>
internal static class RunCommand
{
    public static Command Create(CancellationToken stopping)
    {
        var scenario = new Argument<string>("scenario") { Description = "A scenario file, or the name of a shipped scenario." };
        var link = new Option<LinkKind>("--link")
        {
            Description = "inproc: one process; grpc, unix: two processes.", DefaultValueFactory = _ => LinkKind.Inproc,
        };
        var seed = SeedOption.Create();
        var duration = new Option<string?>("--duration") { Description = "Instead of the scenario's, as in 10min.", HelpName = "TIME" };
        var file = new Option<string?>("--file") { Description = "Stream this file, whatever the scenario's source is.", HelpName = "PATH" };
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
        var json = new Option<bool>("--json") { Description = "Print the report as one JSON object and nothing else." };
        var logLevel = new Option<string>("--log-level")
        {
            Description = "What the two processes log.", HelpName = "LEVEL", DefaultValueFactory = _ => "warn",
        };
        link.AcceptOnlyFromAmong("inproc", "grpc", "unix");
        var command = new Command("run", "Run a scenario.") { scenario, link, seed, duration, file, output, trace, flight, report, cures, json,
            logLevel };
        record.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            var request = new RunRequest(ScenarioCatalog.Find(parsed.GetRequiredValue(scenario)), parsed.GetValue(link))
            {
                Seed = parsed.GetValue(seed),
                Duration = parsed.GetValue(duration),
                SourceFile = Existing(parsed.GetValue(file)),
                OutputFile = parsed.GetValue(output),
                TraceFile = parsed.GetValue(trace),
                RecordFile = record.File(parsed),
                RecordPayload = record.Payload(parsed),
                LogLevel = parsed.GetRequiredValue(logLevel),
                Explains = true,
            };
            var (ran, recording) = await TracedAsync(request, parsed.GetValue(flight), stopping);
            var trials = parsed.GetValue(cures) ? CureTrial.TryAll(request, ExplainedRun.Of(ran, recording), stopping) : null;
            Console.WriteLine(parsed.GetValue(json) ? AsJson(ran, recording, trials) : AsText(ran, recording, trials));
            ReportOption.Write(parsed.GetValue(report), parsed.GetValue(json), () => ExplainedRun.ToReport(ran, recording));
            return ran.ExitStatus;
        });
        return command;
    }

    private static string AsText(RunReport report, TraceRecording flight, IReadOnlyList<CureTrial>? trials)
    {
        var text = ExplainedRun.ToText(report, flight);
        return trials is null ? text : $"{text}\n\n{CureTrial.ToText(report, trials)}";
    }

    private static string AsJson(RunReport report, TraceRecording flight, IReadOnlyList<CureTrial>? trials)
    {
        var json = ExplainedRun.ToJson(report, flight);
        if (trials is not null) json["trials"] = CureTrial.ToJson(trials);
        return ExplainedRun.ToJsonText(json);
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
        var own = Path.GetTempFileName();
        try
        {
            var run = await ExecuteAsync(request with { TraceFile = own }, flightFile, stopping);
            ExportCommand.WriteOwn(own, target);
            return run;
        }
        finally
        {
            File.Delete(own);
        }
    }

    // Progress goes to standard error, and only to a terminal.
    private static async Task<(RunReport Report, TraceRecording Flight)> ExecuteAsync(RunRequest request, string? flightFile,
        CancellationToken stopping)
    {
        if (request.Link != LinkKind.Inproc) return await ExplainedRun.OfTwoProcessesAsync(request, flightFile, TwoProcesses);
        var run = new InProcessRun(request with { FlightFile = flightFile });
        var report = await Shown(Task.Factory.StartNew(
            () => run.Execute(stopping), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default), run);
        if (flightFile is not null) TraceOutput.Write(run.Flight!, flightFile);
        return (report, run.Flight!);

        Task<RunReport> TwoProcesses(RunRequest two) => Shown(TwoProcessRun.ExecuteAsync(two, null, stopping), null);

        async Task<RunReport> Shown(Task<RunReport> executing, InProcessRun? run)
        {
            if (!Console.IsErrorRedirected) await ShowProgressAsync(executing, run, Path.GetFileNameWithoutExtension(request.ScenarioPath));
            return await executing;
        }
    }

    private static async Task ShowProgressAsync(Task executing, InProcessRun? run, string name)
    {
        var terminal = ErrorTerminal.Create();
        await terminal.Progress().AutoClear(true).StartAsync(async context =>
        {
            var task = context.AddTask(Markup.Escape(name));
            task.IsIndeterminate = run is null;
            while (await Task.WhenAny(executing, Task.Delay(100)) != executing)
                if (run is not null) task.Value = run.Progress * 100;
        });
    }
}
