using System.CommandLine;
using System.Globalization;

namespace Pcie.Program;

/// <summary>The option by which every program that runs a scenario is told another seed.</summary>
public static class SeedOption
{
    /// <param name="description">Of the option in the program's help.</param>
    public static Option<ulong?> Create(string description = "Instead of the scenario's.") => new("--seed")
    {
        Description = description,
        HelpName = "N",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seed)) return seed;
            result.AddError($"--seed {text}: expected 0 or more.");
            return null;
        },
    };
}
