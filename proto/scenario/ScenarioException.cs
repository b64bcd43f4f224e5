namespace Pcie.Scenario;

/// <summary>A scenario file is refused. Each error names file, line and column, what was wrong and what was expected.</summary>
public sealed class ScenarioException : Exception
{
    internal ScenarioException(IReadOnlyList<ScenarioError> errors) : base(string.Join('\n', errors)) => All = errors;

    internal ScenarioException(string error) : this([new ScenarioError(null, error)])
    {
    }

    /// <summary>The errors in order of their places in the file, each as <c>late-dpc.toml:12:9: unknown key …</c>.</summary>
    public IReadOnlyList<string> Errors => [.. All.Select(error => error.ToString())];

    internal IReadOnlyList<ScenarioError> All { get; }
}
