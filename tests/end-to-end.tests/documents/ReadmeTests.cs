using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.Documents;

/// <summary>Code that the README shows is code that a test runs.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void TheTestThatTheReadmeShowsIsOneThatRuns()
    {
        var lines = File.ReadAllLines(Path.Combine(ShippedScenarios.Repository, "tests/test-kit.tests/TestBenchTests.cs"));
        var shown = lines.SkipWhile(line => !line.Contains("<readme>", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => !line.Contains("</readme>", StringComparison.Ordinal))
            .Select(line => line.Length == 0 ? "" : line[4..]);

        var text = string.Join('\n', shown);
        Assert.NotEmpty(text);
        Assert.Contains(text, File.ReadAllText(Path.Combine(ShippedScenarios.Repository, "README.md")).ReplaceLineEndings("\n"),
            StringComparison.Ordinal);
    }
}
