namespace Pcie.Scenario;

/// <summary>A place in a scenario file. Both numbers count from 1, columns in UTF-16 code units; a tab is one.</summary>
internal readonly record struct ScenarioPosition(int Line, int Column)
{
    public static readonly ScenarioPosition Start = new(1, 1);
}
