namespace Pcie.Diagnosis.Report;

/// <summary>What a report was made with, so that whoever gets it can make it again.</summary>
/// <param name="Version">Of the program.</param>
/// <param name="Command">The command line.</param>
/// <param name="Scenario">The scenario's text; null if none was run.</param>
public sealed record ReportOrigin(string Version, string Command, string? Scenario);
