using System.CommandLine;
using System.Reflection;
using NLog;
using Pcie.Attach;
using Pcie.Control.Wire;
using Pcie.DriverModel.Control;
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
using Pcie.Telemetry;
using Pcie.Time;
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

    private const string InProcess = "inproc:", ForPerfetto = ".perfetto-trace";

    private readonly Option<string[]> card = new("--card") { HelpName = "URI" };
    private readonly Option<string?> scenario = new("--scenario");
    private readonly Option<string[]> set = SetOption.Create();
    private readonly Option<ulong?> seed = SeedOption.Create("Instead of the scenario's; give the card the same.");
    private readonly Option<string?> duration = new("--duration") { Description = "Instead of the scenario's, as in 10min.", HelpName = "TIME" };
    private readonly Option<string?> output = new Option<string?>("--out")
    {
        Description = "Write the data that arrives to this file.", HelpName = "PATH",
    }.AcceptWritableFilesOnly();
    private readonly Option<string?> trace = new Option<string?>("--trace")
    {
        Description = "Write the trace of both sides to this file: CSV if it ends in .csv, else the binary format, of which emu export makes "
            + "one for ui.perfetto.dev. The card must --record.",
        HelpName = "PATH",
    }.AcceptWritableFilesOnly();
    private readonly Option<string?> flight = new Option<string?>("--flight")
    {
        Description = "Write what happened around each overrun and the longest waits to this file, for emu explain.", HelpName = "PATH",
    }.AcceptWritableFilesOnly();
    private readonly Option<string> wait = TimeOption.Create("--wait", "How long to wait for a card that is not there yet; 0: not at all.", "30s");
    private readonly Option<bool> reattach = new("--reattach")
    {
        Description = "After a surprise removal attach afresh and run again from the beginning; the last run is reported.",
    };
    private readonly Option<string?> control = new("--control")
    {
        Description = "Offer a control service, for emu ui: http://127.0.0.1:port (0: any), or https://address:port with certificates.",
        HelpName = "URI",
    };
    private readonly RecordOptions record = new();
    private readonly LinkCommandLine link;
    private readonly TelemetryCommandLine telemetry;
    private readonly Option<bool> json = new("--json") { Description = "Print the report as one JSON object." };
    private readonly Option<bool> exitWithStdin = new("--exit-with-stdin") { Description = "End when standard input ends." };
    private readonly Option<bool> progress = new("--progress")
    {
        Description = "Print how much of the run is done before the report, a line now and then: for who has started this program.",
    };
    private readonly TlsCommandLine tls;
    private readonly LogCommandLine log;
    private readonly Func<DriverScenario, DriverDesign> driver;
    private readonly ICardInProcess? inProcess;
    private readonly Func<string, string> find;

    private DriverProgram(Command command, Func<DriverScenario, DriverDesign> driver, ICardInProcess? inProcess, Func<string, string>? find)
    {
        (this.driver, this.inProcess, this.find) = (driver, inProcess, find ?? (path => path));
        scenario.Description = $"What to run: a scenario file{(find is null ? "" : ", or the name of a shipped one")}; without one, a second of "
            + "everything as it is by itself.";
        scenario.HelpName = find is null ? "FILE" : "NAME";
        card.Description = "Where the card is: http://host:port, https://host:port, unix:/path, shm:/path, qtest:device for one of QEMU's, "
            + $"vfio:address for a function of this machine{(inProcess is null ? "" : ", or inproc: for one in this process")}. Once for each "
            + "card of the host, in the scenario's order.";
        card.DefaultValueFactory = _ => [inProcess is null ? "http://127.0.0.1:5000" : InProcess];
        foreach (var option in (Option[])[card, scenario, set, seed, duration, output, trace, flight, wait, reattach, control, json,
            exitWithStdin, progress])
            command.Options.Add(option);
        record.AddTo(command);
        link = new LinkCommandLine(command);
        tls = new TlsCommandLine(command, "server");
        log = new LogCommandLine(command, "info");
        telemetry = new TelemetryCommandLine(command);
        ProgramConfiguration.AddTo(command);
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
        var name = Assembly.GetEntryAssembly()?.GetName().Name ?? "driver";
        return RunAsync(name, command.WithExamples($"{name} --scenario mine.toml", $"{name} --card http://127.0.0.1:5000 --json"), arguments,
            isOurs: false);
    }

    /// <summary>Makes a command run a driver: gives it the options of every driver's program, and its action.</summary>
    internal static void AddTo(Command command, Func<DriverScenario, DriverDesign> driver, ICardInProcess? card, Func<string, string>? find) =>
        _ = new DriverProgram(command, driver, card, find);

    internal static Task<int> RunAsync(string program, RootCommand command, string[] arguments, bool isOurs) => new ProgramCommand(program,
        e => e is OperationCanceledException ? ("interrupted before a card was attached.", ExitStatus.Interrupted) : null, isOurs)
        .RunAsync(command, arguments);

    private async Task<int> RunAsync(ParseResult parsed)
    {
        ProgramLog.Configure(log.Read(parsed));
        if (parsed.GetValue(trace)?.EndsWith(ForPerfetto, StringComparison.OrdinalIgnoreCase) == true)
            throw new FormatException($"--trace {parsed.GetValue(trace)}: this program writes CSV or the binary format; emu export FILE.trace "
                + "makes one for ui.perfetto.dev of that, and emu run writes one itself.");
        var credentials = tls.Read(parsed);
        var file = (parsed.GetValue(scenario) is { } said ? ScenarioFile.Load(find(said)) : ScenarioFile.Parse("", "no scenario"))
            .With(SetOption.Read(parsed, set));
        var host = HostScenario.Read(file, driver).With(parsed.GetValue(seed), parsed.GetValue(duration));
        var uris = UrisOf(parsed.GetRequiredValue(card), host.Cards.Count);
        host = host.WithCards(uris.Count);
        // By the wall clock each of several links has a thread that takes what comes.
        var twoThreads = uris.Count > 1 && host.Run.Pacing == Pacing.WallClock;
        using var lifetime = new ProgramLifetime();
        if (parsed.GetValue(exitWithStdin)) lifetime.StopAtEndOfInput();

        var options = new ConnectOptions(SessionRecording.HostName, host.Run.Pacing, host.Run.LinkLatency)
        {
            Wait = TimeOption.Read(parsed, wait, TimeSpan.Zero, "0"),
            Credentials = credentials,
            TimeScale = host.Run.TimeScale,
            KeepAlive = link.KeepAlive(parsed),
            GracePeriod = link.GracePeriod(parsed),
        };
        await using var operators = await TelemetryServer.StartAsync(
            telemetry.Read(parsed, credentials), credentials, "pcie-driver-model", lifetime.Stopping);
        if (operators?.Address is { } shown) Log.Info("Metrics at {0}metrics", shown);
        var watched = parsed.GetValue(control) is null && operators is null ? null : new WatchedRun(DescriptionOf(host, uris));
        await using var server = watched is null || parsed.GetValue(control) is null ? null
            : await ControlServer.StartAsync(LinkUri.Parse(parsed.GetValue(control)!), credentials, watched, lifetime.Stopping);
        if (server is not null) Log.Info("Control service at {0}", server.Address);
        RunReport report;
        for (var number = 1; ; number++)
        {
            var cards = new List<AttachedCardOfRun>();
            try
            {
                foreach (var uri in uris)
                {
                    var attached = uri.Scheme == LinkScheme.InProcess
                        ? inProcess!.Insert(file.OfCard(cards.Count + 1), host.Run, parsed.GetValue(trace) is not null)
                        : new LinkedCard(await HostAttachment.AttachAsync(uri, options, twoThreads, lifetime.Stopping), uri, credentials,
                            options.GracePeriod);
                    cards.Add(CardOf(host, cards.Count, attached, parsed));
                    Log.Info("Attached to '{0}' at {1}", attached.Identity.Name, uri);
                }
                operators?.SayReady();
                ServiceManager.SayReady();
                // The engine has a thread of its own; this one is the pool's.
                report = await Task.Factory.StartNew(
                    () => Execute(host, cards, parsed, watched, lifetime.Stopping),
                    CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
            finally
            {
                cards.ForEach(card => card.Dispose());
            }
            var removed = report.Cards.Select(other => other.Report).Prepend(report).FirstOrDefault(one => one.Outcome == RunOutcome.DeviceRemoved);
            if (removed is null || !parsed.GetValue(reattach) || lifetime.Stopping.IsCancellationRequested) break;
            Log.Warn("The card was removed: {0} Attaching afresh", removed.Failure);
            foreach (var written in (string?[])[record.File(parsed), parsed.GetValue(output), parsed.GetValue(trace), parsed.GetValue(flight)])
                for (var i = 0; i < host.Cards.Count; i++) EarlierRun.Keep(CardFile.Of(written, host, i), number);
        }
        Console.WriteLine(parsed.GetValue(json) ? report.ToJsonText() : RunSummary.Of(report));
        return report.ExitStatus;
    }

    // The one that stands for a card in this process stands for all of them.
    private List<LinkUri> UrisOf(string[] given, int cards)
    {
        var uris = given.Select(LinkUri.Parse).ToList();
        var isInProcess = uris.Exists(uri => uri.Scheme == LinkScheme.InProcess);
        if (isInProcess && inProcess is null)
            throw new FormatException("inproc: is within one process, and no card is in this one; use emu run for that.");
        if (isInProcess && uris.Count == 1) return [.. Enumerable.Repeat(uris[0], cards)];
        var twice = uris.Where(uri => uri.Scheme != LinkScheme.InProcess).GroupBy(uri => uri.ToString()).FirstOrDefault(same => same.Count() > 1);
        return twice is null ? uris : throw new FormatException($"--card {twice.Key} is given twice; each card is at a place of its own.");
    }

    private static DriverDescription DescriptionOf(HostScenario host, IReadOnlyList<LinkUri> cards) => new()
    {
        Name = host.Driver.Device.Name,
        Scenario = host.Run.Name,
        Title = host.Run.Title,
        Seed = host.Run.Seed,
        IsByWallClock = host.Run.Pacing == Pacing.WallClock,
        DurationNs = host.Run.Duration.Nanoseconds,
        Processors = (uint)host.Machine.Kernel.Processors,
        Card = string.Join(", ", cards),
        Cards = { host.Cards.Zip(cards, (card, uri) => new CardOfHost { Name = card.Name, Uri = $"{uri}" }) },
    };

    // A card that cannot be written of is not attached to.
    private AttachedCardOfRun CardOf(HostScenario host, int index, IAttachedCard attached, ParseResult parsed)
    {
        try
        {
            var recorder = CardFile.Of(record.File(parsed), host, index) is not { } file ? null
                : SessionWriter.Create(file, SessionRecording.HeadOf(host, attached.Identity, record.Payload(parsed)), record.Limit(parsed));
            var data = CardFile.Of(parsed.GetValue(output), host, index) is { } path ? File.Create(path) : null;
            return new AttachedCardOfRun(attached, recorder, data, CardFile.Of(parsed.GetValue(trace), host, index));
        }
        catch
        {
            attached.Dispose();
            throw;
        }
    }

    private RunReport Execute(HostScenario host, List<AttachedCardOfRun> cards, ParseResult parsed, WatchedRun? watched, CancellationToken stopping)
    {
        var run = new HostRun(host, [.. cards.Select(card => card.Transport)], [.. cards.Select(card => card.Output)]);
        var flightRecorder = parsed.GetValue(flight) is null && watched is null ? null : new FlightRecorder(run.Tracer.Sources);
        run.Tracer.Ring = flightRecorder;
        foreach (var (card, tracer) in cards.Zip(run.Tracers)) card.Follow(tracer);
        watched?.Begin(run, flightRecorder!);
        using var metrics = watched is null ? null : DriverMetrics.Of(watched);
        RunReport report;
        using (new RunProgress(run, host.Run.Duration, parsed.GetValue(progress)))
            report = run.Execute([.. cards.Select(card => card.Link)], stopping);
        watched?.End(report);
        if (parsed.GetValue(flight) is { } flightPath) TraceOutput.Write(flightRecorder!.ToRecording(), flightPath);
        var isTraceWhole = true;
        foreach (var (card, tracer) in cards.Zip(run.Tracers)) isTraceWhole &= card.WriteTrace(tracer);
        return isTraceWhole ? report : report with { Missing = [.. report.Missing, RunReport.CardTrace] };
    }
}
