using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Pcie.Scenario;

namespace Pcie.Program;

/// <summary>
/// Options of a program that runs as a service, from elsewhere than its command line, in .NET's order: the command line, before the environment
/// (<c>PCIE_EMULATOR_LOG_LEVEL=debug</c>), before a JSON file (<c>--config FILE</c>: <c>{ "log-level": "debug" }</c>). What is there is judged as on
/// the command line.
/// </summary>
public static class ProgramConfiguration
{
    private const string Prefix = "PCIE_", Name = "--config";

    /// <param name="command">Gets the option, and may be configured.</param>
    public static void AddTo(Command command) => command.Options.Add(new Option<string?>(Name)
    {
        Description = "Options in a JSON file, by their names without dashes; an array for one that may be given twice. Before it come the "
            + "environment (PCIE_PROGRAM_OPTION, with _ for - and __0, __1 behind it for an array), and this command line.",
        HelpName = "FILE",
    });

    /// <summary>What a command line lacks, and the configuration has.</summary>
    /// <param name="path">The command, as somebody types it: <c>emulator</c>, <c>emu card</c>.</param>
    /// <returns>More of a command line.</returns>
    /// <exception cref="FormatException">The configuration cannot be read, or has what the command has not.</exception>
    internal static IReadOnlyList<string> Missing(ParseResult parsed, string path)
    {
        var command = parsed.CommandResult.Command;
        if (command.Options.FirstOrDefault(option => option.Name == Name) is not Option<string?> config) return [];
        var prefix = Prefix + Environmental(path) + "_";
        var variables = new ConfigurationBuilder().AddEnvironmentVariables(prefix).Build();
        var options = command.Options.Where(option => option != config && option is not (System.CommandLine.Help.HelpOption or VersionOption))
            .ToDictionary(option => option.Name.TrimStart('-'));
        var found = new Dictionary<string, IConfigurationSection>();
        if ((parsed.GetValue(config) ?? variables["CONFIG"]) is { } file)
            foreach (var section in Load(file).GetChildren())
            {
                if (!options.ContainsKey(section.Key))
                    throw new FormatException($"{file}: there is no option \"{section.Key}\" of {path}.{Meant(section.Key, options.Keys)}");
                found[section.Key] = section;
            }
        foreach (var section in variables.GetChildren().Where(section => section.Key != "CONFIG"))
        {
            var option = section.Key.ToLowerInvariant().Replace('_', '-');
            if (!options.ContainsKey(option))
                throw new FormatException($"{prefix}{section.Key}: there is no option {option} of {path}.{Meant(option, options.Keys)}");
            found[option] = section;
        }
        return [.. found.Where(pair => parsed.GetResult(options[pair.Key]) is not { Implicit: false })
            .SelectMany(pair => Words(options[pair.Key], pair.Value))];
    }

    private static IEnumerable<string> Words(Option option, IConfigurationSection section)
    {
        string[] values = section.Value is { } one ? [one] : [.. section.GetChildren().Select(child => child.Value ?? "")];
        foreach (var value in values)
        {
            if (option.ValueType == typeof(bool)) yield return $"{option.Name}={value.ToLowerInvariant()}";
            else
            {
                yield return option.Name;
                yield return value;
            }
        }
    }

    private static IConfigurationRoot Load(string file)
    {
        try
        {
            return new ConfigurationBuilder().AddJsonFile(Path.GetFullPath(file), optional: false).Build();
        }
        catch (Exception e) when (e is InvalidDataException or FileNotFoundException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"--config {file}: {(e.InnerException ?? e).Message}", e);
        }
    }

    private static string Environmental(string path) => path.ToUpperInvariant().Replace(' ', '_').Replace('-', '_');

    private static string Meant(string name, IEnumerable<string> known) => Spelling.Nearest(name, known) is { } near ? $" Did you mean {near}?" : "";
}
