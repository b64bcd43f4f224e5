using System.CommandLine;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using NLog;
using Pcie.Card.Daq;
using Pcie.Card.Hosting;
using Pcie.Link;
using Pcie.Link.Transports;
using Pcie.Logging;
using Pcie.Scenario;

namespace Pcie.Card;

/// <summary>
/// The emulator's command line. Standard output gets one line, when hosts can attach: <c>listening on http://127.0.0.1:43211</c>.
/// Exit status: 0 stopped, or with --once the host detached; 2 wrong usage or a refused file; 3 with --once, the session ended otherwise;
/// 1 a defect of ours.
/// </summary>
internal static class EmulatorCommand
{
    private const int Stopped = 0;
    private const int Defect = 1;
    private const int Refused = 2;
    private const int EndedOtherwise = 3;

    private static readonly Option<string> Listen = new("--listen")
    {
        Description = "Where hosts attach: http://127.0.0.1:port (0: any), https://address:port, or unix:/path.", HelpName = "URI", Required = true,
    };
    private static readonly Option<string?> Scenario = new("--scenario") { Description = "Scenario that says how the card is built.", HelpName = "FILE" };
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
    private static readonly Option<double> KeepAlive = new("--keep-alive")
    {
        Description = "A host that is silent this long is asked whether it is there, and is gone a second later.", HelpName = "SECONDS",
        DefaultValueFactory = _ => 1,
    };
    private static readonly Option<string?> Certificate = new("--certificate") { Description = "https: own certificate.", HelpName = "PEM" };
    private static readonly Option<string?> CertificateKey = new("--certificate-key") { Description = "https: its private key.", HelpName = "PEM" };
    private static readonly Option<string?> ClientAuthority = new("--client-ca")
    {
        Description = "https: authority that the certificates of hosts lead to.", HelpName = "PEM",
    };
    private static readonly Option<string> LogLevelOption = new("--log-level")
    {
        Description = "trace, debug, info, warn, error, fatal or off.", HelpName = "LEVEL", DefaultValueFactory = _ => "info",
    };
    private static readonly Option<string[]> LogCategories = new("--log")
    {
        Description = "Level of one category, as in Pcie.Card.Attach=debug.", HelpName = "CATEGORY=LEVEL",
    };
    private static readonly Option<string?> LogFile = new("--log-file") { Description = "Log to this file too.", HelpName = "PATH" };

    public static async Task<int> RunAsync(string[] arguments)
    {
        var command = new RootCommand("Emulates a PCI Express data-acquisition card that a driver model attaches to.")
        {
            Listen, Scenario, SourceFile, Once, Record, ExitWithStdin, KeepAlive, Certificate, CertificateKey, ClientAuthority,
            LogLevelOption, LogCategories, LogFile,
        };
        command.SetAction((parsed, _) => RunAsync(parsed));
        var parsed = command.Parse(arguments);
        if (parsed.Errors.Count > 0) return Refuse(parsed.Errors[0].Message);
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception e) when (e is FormatException or ScenarioException or ListenRefusedException or IOException
            or UnauthorizedAccessException or CryptographicException)
        {
            return Refuse(e.Message);
        }
        catch (Exception e)
        {
            LogManager.GetLogger("Pcie.Card").Fatal(e, "A defect of the emulator");
            return Defect;
        }
        finally
        {
            ProgramLog.Flush();
        }
    }

    private static int Refuse(string message)
    {
        Console.Error.WriteLine($"emulator: {message}");
        return Refused;
    }

    private static async Task<int> RunAsync(ParseResult parsed)
    {
        ProgramLog.Configure(LogOptions.Parse(
            parsed.GetRequiredValue(LogLevelOption), parsed.GetValue(LogCategories) ?? [], parsed.GetValue(LogFile)));
        var options = new LinkServerOptions(LinkUri.Parse(parsed.GetRequiredValue(Listen)), CredentialsOf(parsed))
        {
            KeepAlive = parsed.GetRequiredValue(KeepAlive) is >= 1 and <= 86_400 and var seconds
                ? TimeSpan.FromSeconds(seconds)
                : throw new FormatException($"--keep-alive is {parsed.GetRequiredValue(KeepAlive)}; expected 1 to 86400 seconds."),
        };
        using var card = CardOf(parsed);
        // Not disposed: a signal or the end of input may come as late as it likes.
        var stop = new CancellationTokenSource();
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        if (parsed.GetValue(ExitWithStdin)) StopAtEndOfInput(stop);

        var attach = new AttachService(card, new FramePool());
        var status = Stopped;
        if (parsed.GetValue(Once))
            attach.Ended += (_, down) =>
            {
                status = down.Reason == LinkDownReason.Detached ? Stopped : EndedOtherwise;
                stop.Cancel();
            };
        await using (var server = await LinkServer.StartAsync(options, attach, card, stop.Token))
        {
            Console.WriteLine($"listening on {server.Address}");
            await Task.Delay(Timeout.Infinite, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        return status;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    private static CardHost CardOf(ParseResult parsed)
    {
        var path = parsed.GetValue(Scenario);
        var file = path is null ? ScenarioFile.Parse("", "emulator") : ScenarioFile.Load(path);
        var run = RunScenario.Read(file);
        var folder = path is null ? "." : Path.GetDirectoryName(Path.GetFullPath(path))!;
        var options = CardScenario.Read(file.Table("card"), run.Seed, folder);
        if (parsed.GetValue(SourceFile) is { } source) options = options with { Source = SourceKind.File, Path = Path.GetFullPath(source) };
        return new CardHost(options, run.CompletionTimeout, run.TimeScale, parsed.GetValue(Record));
    }

    private static TlsCredentials? CredentialsOf(ParseResult parsed) =>
        (parsed.GetValue(Certificate), parsed.GetValue(CertificateKey), parsed.GetValue(ClientAuthority)) switch
        {
            (null, null, null) => null,
            ({ } certificate, { } key, { } authority) => TlsCredentials.FromPem(certificate, key, authority),
            _ => throw new FormatException("--certificate, --certificate-key and --client-ca go together: give all three."),
        };

    private static void StopAtEndOfInput(CancellationTokenSource stop) => new Thread(() =>
    {
        using var input = Console.OpenStandardInput();
        var buffer = new byte[256];
        while (input.Read(buffer) > 0)
        {
            // What a parent writes there means nothing; only that it ends.
        }
        stop.Cancel();
    }) { IsBackground = true, Name = "standard input" }.Start();
}
