using System.Globalization;

namespace Pcie.Scenario;

/// <summary>A scenario file is refused. Each error names file, line and column, what was wrong and what was expected.</summary>
public sealed class ScenarioException : Exception
{
    // More of them are one mistake, or a file of something else.
    private const int MostSaid = 20;

    internal ScenarioException(IReadOnlyList<ScenarioError> errors) : base(Said(errors)) => All = errors;

    internal ScenarioException(string error) : this([new ScenarioError(null, error)])
    {
    }

    /// <summary>The errors in order of their places in the file, each as <c>late-dpc.toml:12:9: unknown key …</c>.</summary>
    public IReadOnlyList<string> Errors => [.. All.Select(error => error.ToString())];

    internal IReadOnlyList<ScenarioError> All { get; }

    private static string Said(IReadOnlyList<ScenarioError> errors) => string.Join('\n', errors.Take(MostSaid))
        + (errors.Count > MostSaid ? string.Create(CultureInfo.InvariantCulture, $"\nand {errors.Count - MostSaid:#,0} more") : "");
}
