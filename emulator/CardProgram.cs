using System.CommandLine;
using System.Reflection;
using Pcie.Emulator.Hosting;
using Pcie.Link;
using Pcie.Link.Grpc.Device;
using Pcie.Logging;
using Pcie.Pci;
using Pcie.Program;
using Pcie.Scenario;
using Pcie.Telemetry;
using Pcie.VfioUser;
using Logger = NLog.Logger;

namespace Pcie.Emulator;

/// <summary>
/// A program around a card, anybody's: serves it to one host after the other until it is interrupted or told to terminate.
/// <code>
/// return await CardProgram.RunAsync(args, _ => new CardDesign(MyCard.Identity, port => new MyCard(port)));
/// </code>
/// Standard output gets a line for each way in, when hosts can attach: <c>listening on http://127.0.0.1:43211</c>. Exit status: see
/// <see cref="ExitStatus"/>; done means stopped, or with --once that the host detached, unexpected that its session ended otherwise.
/// </summary>
public sealed class CardProgram
{
    private static readonly Logger Log = NLog.LogManager.GetLogger("Pcie.VfioUser");

    private const string Guests = "vfio-user:";

    private readonly Option<string[]> listen = new("--listen")
    {
        Description = "Where hosts attach: http://127.0.0.1:port (0: any), https://address:port, unix:/path or shm:/path; and virtual machines: "
            + "vfio-user:/path. One of each may be given.",
        HelpName = "URI", DefaultValueFactory = _ => ["http://127.0.0.1:5000"],
    };
    private readonly Option<string?> scenario = new("--scenario");
    private readonly Option<int> slot = new("--slot")
    {
        Description = "Which of the scenario's cards this is, where a host has several: from 1, in their order.", HelpName = "N",
        DefaultValueFactory = _ => 1,
    };
    private readonly Option<ulong?> seed = SeedOption.Create("Instead of the scenario's; give the driver model the same.");
    private readonly Option<string[]> set = SetOption.Create();
    private readonly Option<bool> once = new("--once") { Description = "End after the first session: 0 if the host detached, else 3." };
    private readonly Option<bool> record = new("--record") { Description = "Keep trace events, for the control service to hand out." };
    private readonly Option<string?> recordGuest = new Option<string?>("--record-guest")
    {
        Description = "Record what crosses the link to a virtual machine in this file; emu show lists it, emu replay plays it.", HelpName = "PATH",
    }.AcceptWritableFilesOnly();
    private readonly Option<string?> recordLimit = RecordOptions.LimitOption();
    private readonly Option<bool> exitWithStdin = new("--exit-with-stdin")
    {
        Description = "End when standard input ends: a parent that holds the pipe leaves no orphan.",
    };
    private readonly LinkCommandLine link;
    private readonly TelemetryCommandLine telemetry;
    private readonly TlsCommandLine tls;
    private readonly LogCommandLine log;
    private readonly Func<ParseResult, CardScenario, CardDesign> design;
    private readonly Func<string, string> find;

    private CardProgram(Command command, Func<ParseResult, CardScenario, CardDesign> design, Func<string, string>? find)
    {
        (this.design, this.find) = (design, find ?? (path => path));
        scenario.Description = $"Scenario that says how the card is built: a file{(find is null ? "" : ", or the name of a shipped one")}.";
        scenario.HelpName = find is null ? "FILE" : "NAME";
        foreach (var option in (Option[])[listen, scenario, slot, set, seed, once, record, recordGuest, recordLimit, exitWithStdin])
            command.Options.Add(option);
        (link, tls, log) = (new LinkCommandLine(command), new TlsCommandLine(command, "client"), new LogCommandLine(command, "info"));
        telemetry = new TelemetryCommandLine(command);
        ProgramConfiguration.AddTo(command);
        command.SetAction((parsed, _) => RunAsync(parsed));
    }

    /// <summary>Runs a card that has nothing to choose.</summary>
    /// <returns>The exit status.</returns>
    public static Task<int> RunAsync(string[] arguments, CardDesign design) => RunAsync(arguments, _ => design);

    /// <summary>Runs a card that a scenario has a say in.</summary>
    /// <param name="design">Makes the card of what <see cref="CardScenario.Read"/> reads.</param>
    /// <returns>The exit status.</returns>
    public static Task<int> RunAsync(string[] arguments, Func<CardScenario, CardDesign> design)
    {
        var command = new RootCommand("Emulates a PCI Express card that a driver attaches to.");
        AddTo(command, (_, scenario) => design(scenario), null);
        var name = Assembly.GetEntryAssembly()?.GetName().Name ?? "card";
        return RunAsync(name, command.WithExamples($"{name} --listen http://127.0.0.1:5000", $"{name} --scenario mine.toml --once"), arguments,
            isOurs: false);
    }

    /// <summary>Makes a command run a card: gives it the options of every card's program, and its action.</summary>
    /// <param name="design">Of the command's own options, and of the scenario.</param>
    /// <param name="find">The file that --scenario means; null for the one of that path.</param>
    internal static void AddTo(Command command, Func<ParseResult, CardScenario, CardDesign> design, Func<string, string>? find) =>
        _ = new CardProgram(command, design, find);

    internal static Task<int> RunAsync(string program, RootCommand command, string[] arguments, bool isOurs) =>
        new ProgramCommand(program, e => e is ListenRefusedException ? (e.Message, ExitStatus.Refused) : null, isOurs).RunAsync(command, arguments);

    private async Task<int> RunAsync(ParseResult parsed)
    {
        ProgramLog.Configure(log.Read(parsed));
        var (hosts, guests) = ReadListen(parsed.GetRequiredValue(listen));
        if (guests is null && parsed.GetValue(recordGuest) is not null)
            throw new FormatException($"--record-guest needs --listen {Guests}/path: whose session?");
        var mostRecorded = RecordOptions.LimitOf(parsed, recordLimit);
        if (parsed.GetValue(recordGuest) is null && parsed.GetValue(recordLimit) is not null)
            throw new FormatException("--record-limit needs --record-guest: of what?");
        var credentials = tls.Read(parsed);
        var server = hosts is null ? null : new LinkServerOptions(hosts, credentials);
        var attachOptions = new AttachOptions { GracePeriod = link.GracePeriod(parsed), KeepAlive = link.KeepAlive(parsed) };
        var guestCounters = new VfioUserCounters();
        using var card = CardOf(parsed, () => [.. attachOptions.Counters.All, .. guests is null ? [] : guestCounters.All]);
        using var lifetime = new ProgramLifetime();
        if (parsed.GetValue(exitWithStdin)) lifetime.StopAtEndOfInput();
        await using var operators = await TelemetryServer.StartAsync(
            telemetry.Read(parsed, credentials), credentials, "pcie-emulator", lifetime.Stopping);
        using var metrics = operators is null ? null : CardMetrics.Of(card);

        var attach = new AttachService(card, attachOptions);
        using var virtualMachines = guests is null ? null
            : GuestServer.Listen(guests, card, attachOptions.Claim, guestCounters, parsed.GetValue(recordGuest), mostRecorded);
        var status = ExitStatus.Done;
        if (parsed.GetValue(once))
        {
            attach.Ended += (session, down) =>
            {
                // A connection that was lost between the hellos was no session: the host tries again.
                if (down.Reason == LinkDownReason.PeerGone && session.Transport is GrpcDeviceTransport { HasHeardPeer: false }) return;
                StopAfter(down);
            };
            if (virtualMachines is not null) virtualMachines.Ended += StopAfter;
        }
        await using (var running = server is null ? null : await LinkServer.StartAsync(server, attach, card, lifetime.Stopping))
        {
            if (running is not null) Console.WriteLine($"listening on {running.Address}");
            if (virtualMachines is not null)
            {
                virtualMachines.Start();
                Log.Info("For QEMU: {0}", virtualMachines.QemuOptions);
                Console.WriteLine($"listening on {Guests}{guests}");
            }
            if (operators?.Address is { } shown) Console.WriteLine($"metrics at {shown}metrics");
            operators?.SayReady();
            ServiceManager.SayReady();
            await Task.Delay(Timeout.Infinite, lifetime.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ServiceManager.SayStopping();
        }
        return status;

        void StopAfter(LinkDown down)
        {
            status = ExitStatus.Of(down.Reason == LinkDownReason.Detached);
            lifetime.Stop();
        }
    }

    // A host over gRPC, and the path of a socket for virtual machines: one or both.
    private static (LinkUri? Hosts, string? Guests) ReadListen(string[] listen)
    {
        LinkUri? hosts = null;
        string? guests = null;
        foreach (var uri in listen)
        {
            var isForGuests = uri.StartsWith(Guests, StringComparison.Ordinal);
            if (isForGuests ? guests is not null : hosts is not null)
                throw new FormatException($"--listen {uri}: there is one for {(isForGuests ? "virtual machines" : "hosts")} already.");
            if (isForGuests) guests = LinkUri.ParseSocketPath(uri, Guests);
            else hosts = LinkUri.Parse(uri);
        }
        return (hosts, guests);
    }

    private CardHost CardOf(ParseResult parsed, Func<IEnumerable<KeyValuePair<string, ulong>>> hosts)
    {
        var path = parsed.GetValue(scenario);
        var file = (path is null ? ScenarioFile.Parse("", "card") : ScenarioFile.Load(find(path))).With(SetOption.Read(parsed, set));
        var run = RunScenario.Read(file);
        if (parsed.GetValue(seed) is { } other) run = run with { Seed = other };
        var built = new CardScenario(file.OfCard(parsed.GetValue(slot)), run).Build(read => design(parsed, read));
        return new CardHost(built, run.CompletionTimeout, run.TimeScale, parsed.GetValue(record), hosts);
    }
}
