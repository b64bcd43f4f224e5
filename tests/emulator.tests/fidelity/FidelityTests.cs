using System.Reflection;
using System.Text.RegularExpressions;

namespace Pcie.Emulator.Tests.Fidelity;

/// <summary>
/// docs/fidelity.md is what the card does: each of its rows is shown by a test that bears its name, and no test bears the name of a row that is gone.
/// Who changes a behaviour breaks its test, and finds the row by the name.
/// </summary>
public sealed partial class FidelityTests
{
    [Fact]
    public void EveryRowIsShownByATestAndEveryTestThatShowsOneHasItsRow()
    {
        var rows = Rows();
        var shown = typeof(FidelityTests).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttributes<FactAttribute>().Any())
            .SelectMany(test => test.GetCustomAttributes<DivergenceAttribute>()).Select(divergence => divergence.What).ToHashSet();

        Assert.NotEmpty(rows);
        Assert.Distinct(rows);
        Assert.True(shown.SetEquals(rows), $"""
            docs/fidelity.md and the tests differ.
            Rows that no test shows, mark one with [Divergence("…")]: {List(rows.Except(shown))}
            Tests that show what has no row, write it or delete the mark: {List(shown.Except(rows))}
            """);
    }

    [Fact]
    public void EveryRowSaysWhatSiliconDoesWhatIsHereAndWhy() =>
        Assert.All(Lines(), line => Assert.True(line.Split(" | ") is [var what, _, _, var why] && what.Length > 2 && why.Length > 2, line));

    private static string List(IEnumerable<string> rows) => rows.Any() ? string.Join("; ", rows) : "none";

    private static List<string> Rows() => [.. Lines().Select(line => Sections().Replace(line.Split(" | ")[0].TrimStart('|', ' '), ""))];

    // The rows of every table, without heads and rulers.
    private static IEnumerable<string> Lines() => File.ReadLines(Path.Combine(Repository(), "docs", "fidelity.md"))
        .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| What |", StringComparison.Ordinal));

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Emulator.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} has Emulator.sln.");
    }

    [GeneratedRegex(@" \(\d[^)]*\)$")]
    private static partial Regex Sections();
}
