using Pcie.Fixtures.Programs;

namespace Pcie.Slow.Tests;

/// <summary>
/// The commands of a page of the docs, in their order: the indented lines that begin with <c>dotnet</c> or <c>cd</c>, or with a prompt that says
/// where they are typed.
/// </summary>
internal static class DocumentedCommands
{
    private static readonly string[] Beginnings = ["dotnet ", "cd ", "clone$ ", "card$ "];

    public static IReadOnlyList<string> Of(string page) =>
    [
        .. File.ReadLines(Path.Combine(ShippedScenarios.Repository, "docs", page))
            .Where(line => line.StartsWith("    ", StringComparison.Ordinal)).Select(line => line.Trim())
            .Where(line => Array.Exists(Beginnings, beginning => line.StartsWith(beginning, StringComparison.Ordinal))),
    ];
}
