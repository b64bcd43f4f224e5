namespace Pcie.Scenario;

/// <summary>A scenario file is refused. Each error names file, line and column, what was wrong and what was expected.</summary>
public sealed class ScenarioException(IReadOnlyList<string> errors) : Exception(string.Join('\n', errors))
{
    /// <summary>The errors in order of their places in the file, each as <c>late-dpc.toml:12:9: unknown key …</c>.</summary>
    public IReadOnlyList<string> Errors { get; } = errors;

    internal ScenarioException(string error) : this([error])
    {
    }
}
