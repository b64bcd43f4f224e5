namespace Pcie.Scenario;

/// <summary>A text that tables are read from, of which a scenario may have several.</summary>
/// <param name="Name">What errors call it.</param>
/// <param name="Folder">Where a relative path in it starts from.</param>
/// <param name="HasLines">Whether somebody can look up a line of it.</param>
internal sealed record ScenarioText(string Name, string Folder, bool HasLines = true);
