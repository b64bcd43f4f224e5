using Pcie.EndToEnd.Tests.Scenarios;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests;

/// <summary>A file under docs/ that a test writes from what it documents, and holds in step with it.</summary>
internal static class GeneratedDocument
{
    /// <param name="name">Of the file in docs/.</param>
    /// <param name="expected">What it must hold.</param>
    /// <param name="origin">What it is written from, for whoever finds the two out of step.</param>
    public static void MustBe(string name, string expected, string origin)
    {
        var path = Path.Combine(ShippedScenarios.Repository, "docs", name);
        expected = expected.ReplaceLineEndings("\n");
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, expected);
        }

        Assert.True(File.Exists(path) && expected == File.ReadAllText(path).ReplaceLineEndings("\n"),
            $"docs/{name} is not what {origin} says; run this test with UPDATE_DOCS=1 and commit the result.");
    }
}
