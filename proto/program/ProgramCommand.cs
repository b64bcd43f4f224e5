using System.CommandLine;
using System.CommandLine.Parsing;
using System.Security.Cryptography;
using NLog;
using Pcie.Files;
using Pcie.Link;
using Pcie.Logging;
using Pcie.Scenario;

namespace Pcie.Program;

/// <summary>
/// Runs a program's command line, and turns what went wrong into an <see cref="ExitStatus"/>. What is refused is said in one message on
/// standard error.
/// </summary>
/// <param name="program">What messages begin with.</param>
/// <param name="refusal">Message and exit status of an exception that only this program knows; null if it does not either.</param>
/// <param name="isOurs">Whether a defect of it is to be reported to us, and not to be found by who has written a card or driver into it.</param>
public sealed class ProgramCommand(string program, Func<Exception, (string Message, int Status)?>? refusal = null, bool isOurs = true)
{
    /// <returns>The exit status.</returns>
    public async Task<int> RunAsync(RootCommand command, string[] arguments)
    {
        OutputEncoding.Choose();
        CommandHelp.AddTo(command);
        var words = Usual(arguments);
        var parsed = command.Parse(words);
        try
        {
            if (ProgramConfiguration.Missing(parsed, PathOf(parsed)) is { Count: > 0 } more) parsed = command.Parse([.. words, .. more]);
        }
        catch (FormatException e)
        {
            return Refuse(e.Message, ExitStatus.Refused);
        }
        var errors = parsed.Errors.Select(error => error.Message).Concat(Empty(parsed)).ToList();
        if (errors.Count > 0) return Refuse($"{OneLine(errors)}{Meant(parsed)} See {PathOf(parsed)} --help.", ExitStatus.Refused);
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception e) when (!isOurs && OfOthers(e) is { } message)
        {
            if (RefusalOf(OthersCode.CauseOf(e)) is var (_, status)) return Refuse(message, status);
            LogManager.GetLogger(program).Fatal(e, "{0}", message);
            return ExitStatus.Defect;
        }
        catch (Exception e) when (RefusalOf(e) is var (message, status))
        {
            return Refuse(message, status);
        }
        catch (Exception e)
        {
            LogManager.GetLogger(program).Fatal(e,
                isOurs ? "A defect of {0}; please report it" : "A defect of {0}: the first line below that is of yours says where", program);
            return ExitStatus.Defect;
        }
        finally
        {
            ProgramLog.Flush();
        }
    }

    // As other programs have it, too.
    private static string[] Usual(string[] arguments) => arguments switch
    {
        ["help", .. var rest] => [.. rest, "--help"],
        ["version"] => ["--version"],
        _ => arguments,
    };

    // A command or an option that there is, if somebody seems to have meant it.
    private static string Meant(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens is not [var word, ..]) return "";
        var command = parsed.CommandResult.Command;
        var names = word.StartsWith('-') ? command.Options.Select(option => option.Name) : command.Subcommands.Select(one => one.Name);
        return Spelling.Nearest(word.Split('=')[0], names) is { } near ? $" Did you mean {near}?" : "";
    }

    private string PathOf(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (var result = parsed.CommandResult; result?.Parent is CommandResult above; result = above) names.Push(result.Command.Name);
        return string.Join(' ', names.Prepend(program));
    }

    // Nothing that a program takes is the empty text; a script's variable that was not set is.
    private static IEnumerable<string> Empty(ParseResult parsed) =>
        from result in parsed.CommandResult.Children
        where result.Tokens.Any(token => token.Value.Length == 0)
        select result switch
        {
            OptionResult { Option: var option } => $"{option.Name} is empty; expected {option.HelpName ?? "a value"}.",
            ArgumentResult { Argument: var argument } => $"{argument.Name} is empty.",
            _ => "An empty argument.",
        };

    private (string Message, int Status)? RefusalOf(Exception e) => refusal?.Invoke(e) ?? OfVersions(e) ?? e switch
    {
        DirectoryNotFoundException when !Directory.Exists(Path.GetTempPath()) =>
            ($"There is no folder {Path.GetTempPath()} for temporary files; make it, or set TMPDIR to another.", ExitStatus.Refused),
        FormatException or InvalidDataException or ScenarioException or LinkRefusedException or TimeoutException or IOException
            or UnauthorizedAccessException or CryptographicException => (e.Message, ExitStatus.Refused),
        OperationCanceledException => ("interrupted.", ExitStatus.Interrupted),
        _ => null,
    };

    // What a card or driver of others throws, on purpose or not: a message without the place is of no use to who wrote it.
    private static string? OfOthers(Exception e) =>
        e is not (ScenarioException or OperationCanceledException) && OfVersions(e) is null && OthersCode.PlaceOf(e) is not null
            ? $"{OthersCode.Describe(e)} Mend it there, or catch it there: what a card or driver throws ends its program." : null;

    private static (string Message, int Status)? OfVersions(Exception e) =>
        MixedVersions.RefusalOf(e, AppDomain.CurrentDomain.GetAssemblies().Select(one => one.GetName())) is { } message
            ? (message, ExitStatus.Refused) : null;

    private int Refuse(string message, int status)
    {
        // A message of several lines is ours; what it quotes need not be.
        var lines = message.ReplaceLineEndings("\n").Split('\n').Select(line => PrintableText.Of(line, 4000));
        Console.Error.WriteLine($"{program}: {string.Join('\n', lines)}");
        return status;
    }

    private static string OneLine(IEnumerable<string> messages) =>
        string.Join(' ', messages.SelectMany(message => message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
}
