using System.Text.RegularExpressions;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>docs/from-keys-to-code.md speaks of the keys that there are.</summary>
public sealed partial class KeysToCodeTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(ShippedScenarios.Repository, "docs", "from-keys-to-code.md"));
    private static readonly string Reference = File.ReadAllText(Path.Combine(ShippedScenarios.Repository, "docs", "scenarios.md"));

    [Fact]
    public void EveryKeyThatItNamesIsOne() => Assert.Empty(Named().Except(Keys()));

    [Fact]
    public void EveryKeyOfTheDriverOfTheMissionIsThere() => Assert.Empty(
        Keys("## `[driver]`, kind = `\"daq\"`").Where(key => key.StartsWith("driver.", StringComparison.Ordinal)).Except(Named()));

    private static IEnumerable<string> Named() => Key().Matches(Page).Select(match => match.Groups[1].Value).Distinct();

    // Of all tables, or of the one below a headline.
    private static IEnumerable<string> Keys(string? below = null)
    {
        var (table, isWanted) = ("", false);
        foreach (var line in Reference.Split('\n'))
        {
            if (Head().Match(line) is { Success: true, Groups: [_, var head, ..] })
            {
                (table, isWanted) = (head.Value, below is null || line == below);
                // A table that may come several times is named as a key is.
                yield return table;
            }
            if (isWanted && Row().Match(line) is { Success: true, Groups: [_, var key, ..] }) yield return $"{table}.{key.Value}";
        }
    }

    [GeneratedRegex(@"`((?:driver|host|card)\.[a-z-]+)`")]
    private static partial Regex Key();

    [GeneratedRegex(@"^## `\[+([a-z.-]+)\]+`")]
    private static partial Regex Head();

    [GeneratedRegex(@"^\| `([a-z-]+)` \|")]
    private static partial Regex Row();
}
