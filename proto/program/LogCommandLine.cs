using System.CommandLine;
using Pcie.Logging;

namespace Pcie.Program;

/// <summary>The options by which every program is told what to log.</summary>
public sealed class LogCommandLine
{
    private readonly IReadOnlyList<string> defaults;
    private readonly Option<string> level;
    private readonly Option<string[]> categories = new("--log")
    {
        Description = "Level of one category, as in Pcie.Link.Attach=debug.", HelpName = "CATEGORY=LEVEL",
    };
    private readonly Option<LogFormat> format = new("--log-format") { Description = "text, or json: an object a line.", HelpName = "FORMAT" };
    private readonly Option<string?> file = new("--log-file") { Description = "Log to this file too.", HelpName = "PATH" };

    /// <param name="command">Gets the options.</param>
    /// <param name="defaultLevel">What is logged unless told otherwise.</param>
    /// <param name="defaults">Levels of categories unless told otherwise, as <c>Category=Level</c>.</param>
    public LogCommandLine(Command command, string defaultLevel, params IReadOnlyList<string> defaults)
    {
        this.defaults = defaults;
        level = new Option<string>("--log-level")
        {
            Description = "trace, debug, info, warn, error, fatal or off.", HelpName = "LEVEL", DefaultValueFactory = _ => defaultLevel,
        };
        foreach (var option in (Option[])[level, categories, format, file]) command.Options.Add(option);
    }

    /// <exception cref="FormatException">A level or category is not understood.</exception>
    public LogOptions Read(ParseResult parsed) =>
        LogOptions.Parse(parsed.GetRequiredValue(level), [.. defaults, .. parsed.GetValue(categories) ?? []], parsed.GetValue(file),
            parsed.GetValue(format));
}
