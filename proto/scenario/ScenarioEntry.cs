namespace Pcie.Scenario;

/// <summary>A key of a table with its value; remembers whether anyone read it.</summary>
internal sealed class ScenarioEntry(string key, ScenarioPosition at, ScenarioValue value)
{
    public string Key => key;
    public ScenarioPosition At => at;
    public ScenarioValue Value => value;
    public bool IsRead { get; set; }

    /// <summary>Whether it was read as the path of a file.</summary>
    public bool IsFile { get; set; }
}
