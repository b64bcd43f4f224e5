namespace Pcie.EndToEnd.Tests.Scenarios;

public sealed class ScenarioReferenceTests
{
    [Fact]
    public void TheReferenceInTheDocumentsIsWhatTheSchemaSays() =>
        GeneratedDocument.MustBe("scenarios.md", ScenarioReference.Of(ScenarioSchema.Load()), "scenario.schema.json");
}
