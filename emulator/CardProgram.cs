using System.CommandLine;
using System.Reflection;
using Pcie.Emulator.Hosting;
using Pcie.Link;
using Pcie.Link.Grpc.Device;
using Pcie.Logging;
using Pcie.Pci;
using Pcie.Program;
using Pcie.Scenario;

namespace Pcie.Emulator;

/// <summary>
/// A program around a card, anybody's: serves it to one host after the other until it is interrupted or told to terminate.
/// <code>
/// return await CardProgram.RunAsync(args, new CardDesign(MyCard.Identity, port => new MyCard(port)));
/// </code>
/// Standard output gets one line, when hosts can attach: <c>listening on http://127.0.0.1:43211</c>. Exit status: see <see cref="ExitStatus"/>; done
/// means stopped, or with --once that the host detached, unexpected that its session ended otherwise.
/// </summary>
public sealed class CardProgram
{
    private readonly Option<string> listen = new("--listen")
    {
        Description = "Where hosts attach: http://127.0.0.1:port (0: any), https://address:port, or unix:/path.", HelpName = "URI",
        DefaultValueFactory = _ => "http://127.0.0.1:5000",
    };
    private readonly Option<string?> scenario = new("--scenario") { Description = "Scenario that says how the card is built.", HelpName = "FILE" };
    private readonly Option<ulong?> seed = SeedOption.Create("Instead of the scenario's; give the driver model the same.");
    private readonly Option<bool> once = new("--once") { Description = "End after the first session: 0 if the host detached, else 3." };
    private readonly Option<bool> record = new("--record") { Description = "Keep trace events, for the control service to hand out." };
    private readonly Option<bool> exitWithStdin = new("--exit-with-stdin")
    {
        Description = "End when standard input ends: a parent that holds the pipe leaves no orphan.",
    };
    private readonly LinkCommandLine link;
    private readonly TlsCommandLine tls;
    private readonly LogCommandLine log;
    private readonly Func<ParseResult, CardScenario, CardDesign> design;
    private readonly Func<string, string> find;

    private CardProgram(Command command, Func<ParseResult, CardScenario, CardDesign> design, Func<string, string>? find)
    {
        (this.design, this.find) = (design, find ?? (path => path));
        foreach (var option in (Option[])[listen, scenario, seed, once, record, exitWithStdin]) command.Options.Add(option);
        (link, tls, log) = (new LinkCommandLine(command), new TlsCommandLine(command, "client"), new LogCommandLine(command, "info"));
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
        return RunAsync(Assembly.GetEntryAssembly()?.GetName().Name ?? "card", command, arguments);
    }

    /// <summary>Makes a command run a card: gives it the options of every card's program, and its action.</summary>
    /// <param name="design">Of the command's own options, and of the scenario.</param>
    /// <param name="find">The file that --scenario means; null for the one of that path.</param>
    internal static void AddTo(Command command, Func<ParseResult, CardScenario, CardDesign> design, Func<string, string>? find) =>
        _ = new CardProgram(command, design, find);

    internal static Task<int> RunAsync(string program, RootCommand command, string[] arguments) =>
        new ProgramCommand(program, e => e is ListenRefusedException ? (e.Message, ExitStatus.Refused) : null).RunAsync(command, arguments);

    private async Task<int> RunAsync(ParseResult parsed)
    {
        ProgramLog.Configure(log.Read(parsed));
        var options = new LinkServerOptions(LinkUri.Parse(parsed.GetRequiredValue(listen)), tls.Read(parsed));
        var attachOptions = new AttachOptions { GracePeriod = link.GracePeriod(parsed), KeepAlive = link.KeepAlive(parsed) };
        using var card = CardOf(parsed, attachOptions.Counters);
        using var lifetime = new ProgramLifetime();
        if (parsed.GetValue(exitWithStdin)) lifetime.StopAtEndOfInput();

        var attach = new AttachService(card, attachOptions);
        var status = ExitStatus.Done;
        if (parsed.GetValue(once))
            attach.Ended += (session, down) =>
            {
                // A connection that was lost between the hellos was no session: the host tries again.
                if (down.Reason == LinkDownReason.PeerGone && session.Transport is GrpcDeviceTransport { HasHeardPeer: false }) return;
                status = ExitStatus.Of(down.Reason == LinkDownReason.Detached);
                lifetime.Stop();
            };
        await using (var server = await LinkServer.StartAsync(options, attach, card, lifetime.Stopping))
        {
            Console.WriteLine($"listening on {server.Address}");
            await Task.Delay(Timeout.Infinite, lifetime.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        return status;
    }

    private CardHost CardOf(ParseResult parsed, AttachCounters attachments)
    {
        var path = parsed.GetValue(scenario);
        var file = path is null ? ScenarioFile.Parse("", "card") : ScenarioFile.Load(find(path));
        var run = RunScenario.Read(file);
        if (parsed.GetValue(seed) is { } other) run = run with { Seed = other };
        var built = new CardScenario(file, run).Build(read => design(parsed, read));
        return new CardHost(built, run.CompletionTimeout, run.TimeScale, parsed.GetValue(record), attachments);
    }
}
