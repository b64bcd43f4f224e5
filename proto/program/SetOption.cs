using System.CommandLine;
using Pcie.Scenario;

namespace Pcie.Program;

/// <summary><c>--set</c>: other values for keys of the scenario, with which the file is as if it had them.</summary>
public static class SetOption
{
    public static Option<string[]> Create() => new("--set")
    {
        Description = "Another value for a key of the scenario, as in driver.ring-slots=4; any number of them.", HelpName = "KEY=VALUE",
    };

    /// <summary>What was given.</summary>
    /// <exception cref="FormatException">One is no change.</exception>
    public static IReadOnlyList<ScenarioChange> Read(ParseResult parsed, Option<string[]> option) =>
        [.. (parsed.GetValue(option) ?? []).Select(ScenarioChange.Parse)];
}
