namespace Pcie.Scenario;

/// <summary>One thing that is wrong with a scenario.</summary>
/// <param name="At">Where; null if it is of no place.</param>
/// <param name="Message">What was wrong, what was expected, what to do.</param>
internal readonly record struct ScenarioError(ScenarioPosition? At, string Message)
{
    public override string ToString() => At is { } place ? $"{place}: {Message}" : Message;
}
