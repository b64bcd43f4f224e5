using System.CommandLine;
using System.Security.Cryptography;
using Grpc.Core;
using NLog;
using Pcie.CommandLine;
using Pcie.Emu.Commands;
using Pcie.Emu.Running;
using Pcie.Host.Run;
using Pcie.Link.Transports;
using Pcie.Logging;
using Pcie.Scenario;

namespace Pcie.Emu;

/// <summary>The command line that people use. Exit status: see <see cref="ExitStatus"/>.</summary>
internal static class EmuCommand
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        using var lifetime = new ProgramLifetime();
        var command = new RootCommand("Emulates a PCI Express card, models the host that drives it, and shows where the time goes.")
        {
            DemoCommand.Create(lifetime.Stopping),
            RunCommand.Create(lifetime.Stopping),
            ScenariosCommand.Create(),
            CalibrateCommand.Create(lifetime.Stopping),
            ExplainCommand.Create(lifetime.Stopping),
            RegsCommand.Create(),
            PeekCommand.Create(),
            PokeCommand.Create(),
            LspciCommand.Create(),
        };
        var parsed = command.Parse(arguments);
        if (parsed.Errors.Count > 0) return Refuse($"{OneLine(parsed.Errors.Select(error => error.Message))} See emu --help.");
        try
        {
            ProgramLog.Configure(LogOptions.Parse("warn", [], null));
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (ProgramFailedException e)
        {
            Refuse(e.Message);
            return e.Status;
        }
        catch (RpcException e)
        {
            return Refuse(e.StatusCode == StatusCode.Unavailable
                ? $"no emulator answers there: {e.Status.DebugException?.GetBaseException().Message ?? e.Status.Detail}"
                : e.Status.Detail);
        }
        catch (Exception e) when (e is FormatException or ScenarioException or LinkRefusedException or TimeoutException or IOException
            or UnauthorizedAccessException or CryptographicException)
        {
            return Refuse(e.Message);
        }
        catch (OperationCanceledException)
        {
            return Refuse("interrupted.");
        }
        catch (Exception e)
        {
            LogManager.GetLogger("Pcie.Emu").Fatal(e, "A defect of emu; please report it");
            return ExitStatus.Defect;
        }
        finally
        {
            ProgramLog.Flush();
        }
    }

    private static string OneLine(IEnumerable<string> messages) =>
        string.Join(' ', messages.SelectMany(message => message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));

    private static int Refuse(string message)
    {
        Console.Error.WriteLine($"emu: {message}");
        return ExitStatus.Usage;
    }
}
