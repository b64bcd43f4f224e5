using Pcie.Campaign.Units;
using Pcie.Diagnosis.WhatIf;

namespace Pcie.Campaign.Plan;

/// <summary>A campaign, planned: which units there are is said by its rows and the number of seeds; they are not listed anywhere.</summary>
/// <param name="Seeds">Of each row.</param>
public sealed record CampaignPlan(string Name, int Seeds, IReadOnlyList<PlannedScenario> Scenarios)
{
    private const int Block = 64;

    /// <summary>What can be run: a scenario with a design.</summary>
    public IReadOnlyList<PlanRow> Rows { get; } = [.. Scenarios.SelectMany(scenario => scenario.Designs
        .Where(design => design.Content is not null).Select(design => new PlanRow(scenario, design)))];

    public long Units => (long)Rows.Count * Seeds;

    /// <summary>All units, each by its row and the number of its seed; a stretch of seeds of every row before the next seeds.</summary>
    public IEnumerable<(int Row, int Seed)> EnumerateUnits()
    {
        for (var from = 0; from < Seeds; from += Block)
        for (var row = 0; row < Rows.Count; row++)
        for (var seed = from; seed < Math.Min(Seeds, from + Block); seed++)
            yield return (row, seed);
    }

    /// <summary>The unit of a content and seed; null if the campaign has none such.</summary>
    public (int Row, int Seed)? Find(string content, ulong seed)
    {
        for (var i = 0; i < Rows.Count; i++)
            if (Rows[i].Content.Hash == content && seed - Rows[i].Scenario.FirstSeed < (ulong)Seeds)
                return (i, (int)(seed - Rows[i].Scenario.FirstSeed));
        return null;
    }
}

/// <summary>A scenario of a plan.</summary>
/// <param name="Designs">The design as it is, then the changes.</param>
public sealed record PlannedScenario(string Name, ulong FirstSeed, IReadOnlyList<PlannedDesign> Designs);

/// <summary>A design in a scenario.</summary>
/// <param name="Refused">Why it cannot be run there; null if it can.</param>
/// <param name="Content">Null if it cannot.</param>
public sealed record PlannedDesign(DesignChange Change, string? Refused, UnitContent? Content);

/// <summary>What is run with every seed.</summary>
public sealed record PlanRow(PlannedScenario Scenario, PlannedDesign Design)
{
    public UnitContent Content => Design.Content!;

    public ulong SeedOf(int number) => Scenario.FirstSeed + (ulong)number;
}
