using Pcie.Docs;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.Fixtures.Programs;

/// <summary>The repository as the tests find it: the scenarios that ship, and their reference.</summary>
public static class ShippedScenarios
{
    public static string Repository { get; } = GeneratedDocument.Repository;

    public static string Folder => Path.Combine(Repository, "tools", "emu", "scenarios");

    public static string[] Paths => [.. Directory.GetFiles(Folder, "*.toml").Order(StringComparer.Ordinal)];

    public static string PathOf(string name) => Path.Combine(Folder, $"{name}.toml");

    /// <summary>Those that simulated time governs: they give the same on any machine, over any link.</summary>
    public static IReadOnlyList<RunScenario> FreeRunning { get; } =
        [.. Paths.Select(path => RunScenario.Read(ScenarioFile.Load(path))).Where(run => run.Pacing == Pacing.FreeRunning)];
}
