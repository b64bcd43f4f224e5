using System.CommandLine;
using System.CommandLine.Parsing;
using System.Security.Cryptography;
using System.Text;
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
public sealed class ProgramCommand(string program, Func<Exception, (string Message, int Status)?>? refusal = null)
{
    /// <returns>The exit status.</returns>
    public async Task<int> RunAsync(RootCommand command, string[] arguments)
    {
        SpeakUtf8();
        var parsed = command.Parse(arguments);
        var errors = parsed.Errors.Select(error => error.Message).Concat(Empty(parsed)).ToList();
        if (errors.Count > 0) return Refuse($"{OneLine(errors)} See {program} --help.", ExitStatus.Refused);
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception e) when (RefusalOf(e) is var (message, status))
        {
            return Refuse(message, status);
        }
        catch (Exception e)
        {
            LogManager.GetLogger(program).Fatal(e, "A defect of {0}; please report it", program);
            return ExitStatus.Defect;
        }
        finally
        {
            ProgramLog.Flush();
        }
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

    private (string Message, int Status)? RefusalOf(Exception e) => refusal?.Invoke(e) ?? e switch
    {
        DirectoryNotFoundException when !Directory.Exists(Path.GetTempPath()) =>
            ($"There is no folder {Path.GetTempPath()} for temporary files; make it, or set TMPDIR to another.", ExitStatus.Refused),
        FormatException or InvalidDataException or ScenarioException or LinkRefusedException or TimeoutException or IOException
            or UnauthorizedAccessException or CryptographicException => (e.Message, ExitStatus.Refused),
        OperationCanceledException => ("interrupted.", ExitStatus.Interrupted),
        _ => null,
    };

    // A console or pipe of a code page would show µ and → as something else.
    private static void SpeakUtf8()
    {
        if (!OperatingSystem.IsWindows()) return;
        try
        {
            Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        }
        catch (IOException)
        {
            // There is no console.
        }
    }

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
