using System.CommandLine;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Link;
using Pcie.Link.Grpc.Device;
using Pcie.Logging;
using Pcie.Pci;
using Pcie.Program;
using Pcie.Scenario;

namespace Pcie.Emulator;

/// <summary>
/// The emulator's command line. Standard output gets one line, when hosts can attach: <c>listening on http://127.0.0.1:43211</c>.
/// Exit status: see <see cref="ExitStatus"/>; done means stopped, or with --once that the host detached, unexpected that its session ended otherwise.
/// </summary>
internal static class EmulatorCommand
{
    private static readonly Option<string> Listen = new("--listen")
    {
        Description = "Where hosts attach: http://127.0.0.1:port (0: any), https://address:port, or unix:/path.", HelpName = "URI", Required = true,
    };
    private static readonly Option<string> Device = new("--device")
    {
        Description = "Which card: daq, the data-acquisition card, or edu, a device as QEMU's of that name.", HelpName = "NAME",
        DefaultValueFactory = _ => "daq",
    };
    private static readonly Option<string?> Scenario = new("--scenario")
    {
        Description = "Scenario that says how the card is built.", HelpName = "FILE",
    };
    private static readonly Option<ulong?> Seed = SeedOption.Create("Instead of the scenario's; give the driver model the same.");
    private static readonly Option<string?> SourceFile = new("--file")
    {
        Description = "Stream this file, whatever the scenario's source is.", HelpName = "PATH",
    };
    private static readonly Option<bool> Once = new("--once") { Description = "End after the first session: 0 if the host detached, else 3." };
    private static readonly Option<bool> Record = new("--record") { Description = "Keep trace events, for the control service to hand out." };
    private static readonly Option<bool> ExitWithStdin = new("--exit-with-stdin")
    {
        Description = "End when standard input ends: a parent that holds the pipe leaves no orphan.",
    };

    public static async Task<int> RunAsync(string[] arguments)
    {
        var command = new RootCommand("Emulates a PCI Express card that a driver model attaches to.")
        {
            Listen, Device, Scenario, Seed, SourceFile, Once, Record, ExitWithStdin,
        };
        var (link, tls, log) = (new LinkCommandLine(command), new TlsCommandLine(command, "client"), new LogCommandLine(command, "info"));
        command.SetAction((parsed, _) => RunAsync(parsed, link, tls, log));
        return await new ProgramCommand("emulator", RefusalOf).RunAsync(command, arguments);
    }

    private static (string Message, int Status)? RefusalOf(Exception e) => e is ListenRefusedException ? (e.Message, ExitStatus.Refused) : null;

    private static async Task<int> RunAsync(ParseResult parsed, LinkCommandLine link, TlsCommandLine tls, LogCommandLine log)
    {
        ProgramLog.Configure(log.Read(parsed));
        var options = new LinkServerOptions(LinkUri.Parse(parsed.GetRequiredValue(Listen)), tls.Read(parsed));
        var attachOptions = new AttachOptions { GracePeriod = link.GracePeriod(parsed), KeepAlive = link.KeepAlive(parsed) };
        using var card = CardOf(parsed, attachOptions.Counters);
        using var lifetime = new ProgramLifetime();
        if (parsed.GetValue(ExitWithStdin)) lifetime.StopAtEndOfInput();

        var attach = new AttachService(card, attachOptions);
        var status = ExitStatus.Done;
        if (parsed.GetValue(Once))
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

    private static CardHost CardOf(ParseResult parsed, AttachCounters attachments)
    {
        var path = parsed.GetValue(Scenario);
        var file = path is null ? ScenarioFile.Parse("", "emulator") : ScenarioFile.Load(path);
        var run = RunScenario.Read(file);
        if (parsed.GetValue(Seed) is { } seed) run = run with { Seed = seed };
        if (parsed.GetRequiredValue(Device) is not "daq" and var device) return OtherCard(device, parsed, file, run, attachments);
        var options = DaqCardOptions.Read(file, run.Seed);
        if (parsed.GetValue(SourceFile) is { } source) options = options with { Source = SourceKind.File, Path = Path.GetFullPath(source) };
        return new CardHost(CardDesign.Daq(options), run.CompletionTimeout, run.TimeScale, parsed.GetValue(Record), attachments);
    }

    private static CardHost OtherCard(string device, ParseResult parsed, ScenarioFile file, RunScenario run, AttachCounters attachments)
    {
        if (device != "edu") throw new FormatException($"--device {device}: there is no such card; expected daq or edu.");
        if (parsed.GetValue(SourceFile) is not null) throw new FormatException("--file: the edu device has no source of data; use --device daq.");
        // It has nothing that could be chosen.
        file.Table("card").RefuseUnknownKeys();
        return new CardHost(CardDesign.Edu, run.CompletionTimeout, run.TimeScale, parsed.GetValue(Record), attachments);
    }
}
