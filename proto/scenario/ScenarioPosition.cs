namespace Pcie.Scenario;

/// <summary>A place in a scenario file. Both numbers count from 1, columns in UTF-16 code units; a tab is one.</summary>
internal readonly record struct ScenarioPosition(ScenarioText Text, int Line, int Column)
{
    public override string ToString() => Text.HasLines ? $"{Text.Name}:{Line}:{Column}" : Text.Name;
}
