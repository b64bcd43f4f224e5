using System.CommandLine;
using Pcie.Link;
using Pcie.Program;
using Pcie.Scenario;
using Pcie.Ui;
using Pcie.Ui.Guarding;
using Pcie.Ui.Watching;

namespace Pcie.Emu.Commands;

/// <summary><c>emu ui</c>: the live page of a running card, of its driver, or of both.</summary>
internal static class UiCommand
{
    public static Command Create(CancellationToken stopping)
    {
        var uris = new Argument<string[]>("uri")
        {
            Description = "Where a card is, or a driver's --control: http://host:port, https://host:port, unix:/path or shm:/path; or both, and "
                + "all cards of the driver's host.",
            Arity = new ArgumentArity(1, ScenarioFile.MostCards + 1),
        };
        var listen = new Option<string>("--listen")
        {
            Description = "Where the page is: http://127.0.0.1:port (0: any), or https://address:port with certificates.", HelpName = "URI",
            DefaultValueFactory = _ => "http://127.0.0.1:5080",
        };
        var token = new Option<string?>("--token-file")
        {
            Description = "https: let in who knows the word in this file, rather than who shows a certificate of --server-ca.", HelpName = "FILE",
        };
        var command = new Command("ui", "Show a running card, its driver, or both, on a page in a browser.") { uris, listen, token };
        var tls = new TlsCommandLine(command, "server");
        command.SetAction(async (parsed, _) =>
        {
            var credentials = tls.Read(parsed);
            var word = RunCommand.Existing(parsed.GetValue(token)) is { } file ? (await File.ReadAllTextAsync(file, stopping)).Trim() : null;
            var options = new UiOptions(LinkUri.Parse(parsed.GetRequiredValue(listen)), credentials, word);
            options.Check();
            await using var targets = await UiTargets.OpenAsync(parsed.GetRequiredValue(uris).Select(LinkUri.Parse), credentials, stopping);
            await using var server = await UiServer.StartAsync(options, targets, stopping);
            Console.WriteLine($"page at {server.Address}/{(word is null ? "" : $"?token={Uri.EscapeDataString(word)}")}");
            await Task.Delay(Timeout.Infinite, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return ExitStatus.Done;
        });
        return command;
    }
}
