namespace Pcie.EndToEnd.Tests.Scenarios;

public sealed class ScenarioReferenceTests
{
    [Fact]
    public void TheReferenceInTheDocumentsIsWhatTheSchemaSays()
    {
        var path = Path.Combine(ShippedScenarios.Repository, "docs", "scenarios.md");
        var expected = ScenarioReference.Of(ScenarioSchema.Load()).ReplaceLineEndings("\n");
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, expected);
        }

        Assert.True(expected == File.ReadAllText(path).ReplaceLineEndings("\n"),
            "docs/scenarios.md is not what scenario.schema.json says; run this test with UPDATE_DOCS=1 and commit the result.");
    }
}
