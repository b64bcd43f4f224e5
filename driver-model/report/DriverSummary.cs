namespace Pcie.DriverModel.Report;

/// <summary>What the driver under study adds to the summary of a run.</summary>
/// <param name="Moved">What it moved, counted, such as "1,234 chunks".</param>
/// <param name="Account">Lines that say what became of it.</param>
/// <param name="Delays">Lines that say how long things took, and what was lost meanwhile.</param>
/// <param name="Reactions">What the driver saw of a card that fails, and did.</param>
public sealed record DriverSummary(
    string Moved, IReadOnlyList<SummaryLine> Account, IReadOnlyList<SummaryLine> Delays, IReadOnlyList<string> Reactions);

/// <param name="Label">Empty for one that goes on with the line above.</param>
public readonly record struct SummaryLine(string Label, string Text);
