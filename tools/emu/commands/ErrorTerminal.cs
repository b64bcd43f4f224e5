using Spectre.Console;

namespace Pcie.Emu.Commands;

/// <summary>Standard error as a terminal, for progress; whoever uses it has seen that it is not redirected.</summary>
internal static class ErrorTerminal
{
    // Whether standard output is a terminal, which is what is looked at otherwise, does not matter.
    public static IAnsiConsole Create() =>
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error), Interactive = InteractionSupport.Yes });
}
