using System.CommandLine;
using System.Reflection;
using NLog;
using Pcie.Control;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Run;
using Pcie.DriverModel.Scenario;
using Pcie.DriverModel.Study;
using Pcie.Link;
using Pcie.Link.Grpc.Host;
using Pcie.Link.Recording;
using Pcie.Logging;
using Pcie.Program;
using Pcie.Scenario;
using Pcie.Trace;
using Pcie.Trace.Flight;

namespace Pcie.DriverModel;

/// <summary>
/// A program around a driver, anybody's: attaches to a card, runs a scenario's machine and the driver against it, and prints the report on
/// standard output.
/// <code>
/// return await DriverProgram.RunAsync(args, _ => new PlainDesign(new() { Name = "wave" }, () => new WaveDriver()));
/// </code>
/// Exit status: see <see cref="ExitStatus"/>.
/// </summary>
public sealed class DriverProgram
{
    private static readonly Logger Log = LogManager.GetLogger("Pcie.DriverModel");

    private readonly Option<string> card = new("--card") { HelpName = "URI" };
    private readonly Option<string?> scenario = new("--scenario")
    {
        Description = "What to run; without one, a second of everything as it is by itself.", HelpName = "FILE",
    };
    private readonly Option<ulong?> seed = SeedOption.Create("Instead of the scenario's; give the card the same.");
    private readonly Option<string?> duration = new("--duration") { Description = "Instead of the scenario's, as in 10min.", HelpName = "TIME" };
    private readonly Option<string?> output = new Option<string?>("--out")
    {
        Description = "Write the data that arrives to this file.", HelpName = "PATH",
    }.AcceptWritableFilesOnly();
    private readonly Option<string?> trace = new Option<string?>("--trace")
    {
        Description = "Write the trace of both sides to this file: CSV if it ends in .csv, else the binary format. The card must --record.",
        HelpName = "PATH",
    }.AcceptWritableFilesOnly();
    private readonly Option<string?> flight = new Option<string?>("--flight")
    {
        Description = "Write what happened around each overrun and the longest waits to this file, for emu explain.", HelpName = "PATH",
    }.AcceptWritableFilesOnly();
    private readonly Option<double> wait = new("--wait")
    {
        Description = "How long to wait for a card that is not there yet.", HelpName = "SECONDS", DefaultValueFactory = _ => 30,
    };
    private readonly Option<bool> reattach = new("--reattach")
    {
        Description = "After a surprise removal attach afresh and run again from the beginning; the last run is reported.",
    };
    private readonly RecordOptions record = new();
    private readonly LinkCommandLine link;
    private readonly Option<bool> json = new("--json") { Description = "Print the report as one JSON object." };
    private readonly Option<bool> exitWithStdin = new("--exit-with-stdin") { Description = "End when standard input ends." };
    private readonly TlsCommandLine tls;
    private readonly LogCommandLine log;
    private readonly Func<DriverScenario, DriverDesign> driver;
    private readonly ICardInProcess? inProcess;
    private readonly Func<string, string> find;

    private DriverProgram(Command command, Func<DriverScenario, DriverDesign> driver, ICardInProcess? inProcess, Func<string, string>? find)
    {
        (this.driver, this.inProcess, this.find) = (driver, inProcess, find ?? (path => path));
        card.Description = $"Where the card is: http://host:port, https://host:port or unix:/path{(inProcess is null ? "" : ", or inproc: for one "
            + "in this process")}.";
        card.DefaultValueFactory = _ => inProcess is null ? "http://127.0.0.1:5000" : "inproc:";
        foreach (var option in (Option[])[card, scenario, seed, duration, output, trace, flight, wait, reattach, json, exitWithStdin])
            command.Options.Add(option);
        record.AddTo(command);
        link = new LinkCommandLine(command);
        tls = new TlsCommandLine(command, "server");
        log = new LogCommandLine(command, "info");
        command.SetAction((parsed, _) => RunAsync(parsed));
    }

    /// <summary>Runs a driver.</summary>
    /// <param name="driver">Makes it of what the scenario says; <see cref="DriverScenario.Read"/> reads a driver's own keys.</param>
    /// <param name="card">A card in this process that it can run against, and does unless told of another; null for none.</param>
    /// <returns>The exit status.</returns>
    public static Task<int> RunAsync(string[] arguments, Func<DriverScenario, DriverDesign> driver, ICardInProcess? card = null)
    {
        var command = new RootCommand("Runs a driver on a modelled machine, against a PCI Express card.");
        AddTo(command, driver, card, null);
        return RunAsync(Assembly.GetEntryAssembly()?.GetName().Name ?? "driver", command, arguments);
    }

    /// <summary>Makes a command run a driver: gives it the options of every driver's program, and its action.</summary>
    internal static void AddTo(Command command, Func<DriverScenario, DriverDesign> driver, ICardInProcess? card, Func<string, string>? find) =>
        _ = new DriverProgram(command, driver, card, find);

    internal static Task<int> RunAsync(string program, RootCommand command, string[] arguments) =>
        new ProgramCommand(program, e => e is OperationCanceledException ? ("interrupted before a card was attached.", ExitStatus.Interrupted) : null)
            .RunAsync(command, arguments);

    private async Task<int> RunAsync(ParseResult parsed)
    {
        ProgramLog.Configure(log.Read(parsed));
        var uri = LinkUri.Parse(parsed.GetRequiredValue(card));
        if (uri.Scheme == LinkScheme.InProcess && inProcess is null)
            throw new FormatException("inproc: is within one process, and no card is in this one; use emu run for that.");
        var credentials = tls.Read(parsed);
        var file = parsed.GetValue(scenario) is { } said ? ScenarioFile.Load(find(said)) : ScenarioFile.Parse("", "no scenario");
        var host = HostScenario.Read(file, driver).With(parsed.GetValue(seed), parsed.GetValue(duration));
        using var lifetime = new ProgramLifetime();
        if (parsed.GetValue(exitWithStdin)) lifetime.StopAtEndOfInput();
        await using var data = parsed.GetValue(output) is { } path ? File.Create(path) : null;

        var options = new ConnectOptions(SessionRecording.HostName, host.Run.Pacing, host.Run.LinkLatency)
        {
            Wait = parsed.GetValue(wait) is >= 0 and <= 86_400 and var seconds ? TimeSpan.FromSeconds(seconds)
                : throw new FormatException("--wait: expected 0 to 86400 seconds."),
            Credentials = credentials,
            KeepAlive = link.KeepAlive(parsed),
            GracePeriod = link.GracePeriod(parsed),
        };
        RunReport report;
        for (var number = 1; ; number++)
        {
            var attached = uri.Scheme == LinkScheme.InProcess
                ? inProcess!.Insert(file, host.Run, parsed.GetValue(trace) is not null)
                : new LinkedCard(await HostConnector.ConnectAsync(uri, options, lifetime.Stopping), uri, credentials, options.GracePeriod);
            Log.Info("Attached to '{0}' at {1}", attached.Identity.Name, uri);
            // The engine has a thread of its own; this one is the pool's.
            report = await Task.Factory.StartNew(
                () => Execute(host, attached, parsed, data, lifetime.Stopping),
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            if (report.Outcome != RunOutcome.DeviceRemoved || !parsed.GetValue(reattach) || lifetime.Stopping.IsCancellationRequested) break;
            Log.Warn("The card was removed: {0} Attaching afresh", report.Failure);
            data?.SetLength(0);
            foreach (var written in (string?[])[record.File(parsed), parsed.GetValue(trace), parsed.GetValue(flight)])
                EarlierRun.Keep(written, number);
        }
        Console.WriteLine(parsed.GetValue(json) ? report.ToJsonText() : RunSummary.Of(report));
        return report.ExitStatus;
    }

    private RunReport Execute(HostScenario host, IAttachedCard attached, ParseResult parsed, Stream? data, CancellationToken stopping)
    {
        using (attached)
        {
            var (name, vendorId, deviceId) = attached.Identity;
            using var recorder = record.File(parsed) is not { } file ? null
                : SessionWriter.Create(file, SessionRecording.HeadOf(host, name, vendorId, deviceId, record.Payload(parsed)));
            var transport = recorder is null ? attached.Transport : new RecordingTransport(attached.Transport, recorder);
            var tracePath = parsed.GetValue(trace);
            var run = new HostRun(host, transport, data);
            using var recording = tracePath is null ? null : new TraceSpool();
            TraceSpool? deviceTrace = null;
            var flightRecorder = parsed.GetValue(flight) is null ? null : new FlightRecorder(run.Tracer.Sources);
            (run.Tracer.Ring, run.Tracer.Sink) = (flightRecorder, recording);
            var report = run.Execute(attached.Link, AskCard, stopping);
            if (flightRecorder is not null) TraceOutput.Write(flightRecorder.ToRecording(), parsed.GetValue(flight)!);
            if (recording is null) return report;
            recording.Sources = run.Tracer.Sources;
            using (deviceTrace) TraceOutput.Write(new MergedTrace(recording, deviceTrace), tracePath!);
            return deviceTrace is null ? report with { Missing = [.. report.Missing, RunReport.CardTrace] } : report;

            CardStatistics? AskCard()
            {
                if (recording is not null) deviceTrace = attached.GetTrace();
                return attached.GetStatistics();
            }
        }
    }
}
