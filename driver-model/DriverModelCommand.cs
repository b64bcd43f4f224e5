using System.CommandLine;
using NLog;
using Pcie.Control;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Run;
using Pcie.DriverModel.Scenario;
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
/// The driver model's command line: attaches to a card, runs a scenario's host and driver against it, and prints the report on standard
/// output. Exit status: see <see cref="ExitStatus"/>.
/// </summary>
internal sealed class DriverModelCommand
{
    private static readonly Logger Log = LogManager.GetLogger("Pcie.DriverModel");

    private readonly Option<string> card = new("--card")
    {
        Description = "Where the card is: http://host:port, https://host:port or unix:/path.", HelpName = "URI", Required = true,
    };
    private readonly Option<string> scenario = new("--scenario") { Description = "What to run.", HelpName = "FILE", Required = true };
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
    private readonly RootCommand command;
    private readonly TlsCommandLine tls;
    private readonly LogCommandLine log;

    private DriverModelCommand()
    {
        command = new RootCommand("Runs a modelled host and driver against a PCI Express card.")
        {
            card, scenario, seed, duration, output, trace, flight, wait, reattach, json, exitWithStdin,
        };
        record.AddTo(command);
        link = new LinkCommandLine(command);
        tls = new TlsCommandLine(command, "server");
        log = new LogCommandLine(command, "info");
        command.SetAction((parsed, _) => RunAsync(parsed));
    }

    public static Task<int> RunAsync(string[] arguments) =>
        new ProgramCommand("driver-model", RefusalOf).RunAsync(new DriverModelCommand().command, arguments);

    private static (string Message, int Status)? RefusalOf(Exception e) =>
        e is OperationCanceledException ? ("interrupted before a card was attached.", ExitStatus.Interrupted) : null;

    private async Task<int> RunAsync(ParseResult parsed)
    {
        ProgramLog.Configure(log.Read(parsed));
        var uri = LinkUri.Parse(parsed.GetRequiredValue(card));
        if (uri.Scheme == LinkScheme.InProcess) throw new FormatException("inproc: is within one process; use emu run for that.");
        var credentials = tls.Read(parsed);
        var host = HostScenario.Read(ScenarioFile.Load(parsed.GetRequiredValue(scenario)))
            .With(parsed.GetValue(seed), parsed.GetValue(duration));
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
            var transport = await HostConnector.ConnectAsync(uri, options, lifetime.Stopping);
            Log.Info("Attached to '{0}' at {1}", transport.Device.DeviceName, uri);
            // The engine has a thread of its own; this one is the pool's.
            report = await Task.Factory.StartNew(
                () => Execute(host, transport, parsed, uri, options, data, lifetime.Stopping),
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

    private RunReport Execute(HostScenario host, GrpcHostTransport attached, ParseResult parsed, LinkUri uri, ConnectOptions options,
        Stream? data, CancellationToken stopping)
    {
        using (attached)
        {
            using var recorder = record.File(parsed) is not { } file ? null : SessionWriter.Create(file, SessionRecording.HeadOf(
                host, attached.Device.DeviceName, (ushort)attached.Device.VendorId, (ushort)attached.Device.DeviceId, record.Payload(parsed)));
            ILinkTransport transport = recorder is null ? attached : new RecordingTransport(attached, recorder);
            var tracePath = parsed.GetValue(trace);
            var run = new HostRun(host, transport, data);
            using var recording = tracePath is null ? null : new TraceSpool();
            TraceSpool? deviceTrace = null;
            var flightRecorder = parsed.GetValue(flight) is null ? null : new FlightRecorder(run.Tracer.Sources);
            (run.Tracer.Ring, run.Tracer.Sink) = (flightRecorder, recording);
            var report = run.Execute(uri.Scheme == LinkScheme.Unix ? "unix" : "grpc", AskCard, stopping);
            if (flightRecorder is not null) TraceOutput.Write(flightRecorder.ToRecording(), parsed.GetValue(flight)!);
            if (recording is null) return report;
            recording.Sources = run.Tracer.Sources;
            using (deviceTrace) TraceOutput.Write(new MergedTrace(recording, deviceTrace), tracePath!);
            return deviceTrace is null ? report with { Missing = [.. report.Missing, RunReport.CardTrace] } : report;

            CardStatistics? AskCard()
            {
                if (recording is not null) deviceTrace = CardControlClient.TryGetTrace(uri, options.Credentials, options.GracePeriod);
                return CardControlClient.TryGetStatistics(uri, options.Credentials, options.GracePeriod);
            }
        }
    }
}
