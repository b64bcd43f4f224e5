using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.Documents;

/// <summary>Code that a page of docs shows is code that a test runs.</summary>
public sealed class ShownCodeTests
{
    [Fact]
    public void TheTestThatIsShownIsOneThatRuns()
    {
        var lines = File.ReadAllLines(Path.Combine(ShippedScenarios.Repository, "tests/test-kit.tests/TestBenchTests.cs"));
        var shown = lines.SkipWhile(line => !line.Contains("<shown>", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => !line.Contains("</shown>", StringComparison.Ordinal))
            .Select(line => line.Length == 0 ? "" : line[4..]);

        var text = string.Join('\n', shown);
        Assert.NotEmpty(text);
        Assert.Contains(text, File.ReadAllText(Path.Combine(ShippedScenarios.Repository, "docs/testing.md")).ReplaceLineEndings("\n"),
            StringComparison.Ordinal);
    }
}
