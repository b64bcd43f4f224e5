using System.Text.RegularExpressions;
using Spectre.Console;

namespace Pcie.Emu.Commands;

/// <summary>
/// Prints the text of a run or an explanation, on a terminal with what it comes to in colour. The text is the same without: what is piped, and what
/// goes to a terminal that NO_COLOR speaks for, is the plain text.
/// </summary>
internal static partial class VerdictColours
{
    // Lines are as long as they are.
    private const int Unbroken = 10_000;

    private static readonly (Regex Line, string Style)[] Styles =
    [
        (Bad(), "bold red"), (Question(), "bold"), (Finding(), "yellow"), (Helps(), "green"), (MayHelp(), "olive"), (HelpsNot(), "grey"),
        (Expected(), "green"),
    ];

    public static void Write(string text)
    {
        if (Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Ansi
            || AnsiConsole.Profile.Capabilities.ColorSystem == ColorSystem.NoColors)
        {
            Console.Write(text);
            return;
        }
        var terminal = AnsiConsole.Create(new AnsiConsoleSettings());
        terminal.Profile.Width = Unbroken;
        terminal.Markup(string.Join('\n', text.Split('\n').Select(Marked)));
    }

    /// <summary>A line as Spectre.Console's markup.</summary>
    internal static string Marked(string line)
    {
        var escaped = Markup.Escape(line);
        var style = Array.Find(Styles, style => style.Line.IsMatch(line)).Style;
        return style is null ? escaped : $"[{style}]{escaped}[/]";
    }

    [GeneratedRegex("^(OVERRUN|EVENT|LOST) |^expected +NOT AS EXPECTED")]
    private static partial Regex Bad();

    [GeneratedRegex("^IS IT YOU")]
    private static partial Regex Question();

    [GeneratedRegex("^ *VERDICT ")]
    private static partial Regex Finding();

    [GeneratedRegex("^ *would help ")]
    private static partial Regex Helps();

    [GeneratedRegex("^ *may help ")]
    private static partial Regex MayHelp();

    [GeneratedRegex("^ *would not help ")]
    private static partial Regex HelpsNot();

    [GeneratedRegex("^expected +everything ")]
    private static partial Regex Expected();
}
