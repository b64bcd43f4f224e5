using System.Collections;
using Pcie.Campaign.Plan;
using Pcie.Campaign.Units;
using Pcie.Diagnosis.WhatIf;

namespace Pcie.Campaign.Results;

/// <summary>
/// What the units have come to so far, each counted once. Of many seeds neighbours are summed, so that a campaign of any length takes the memory of a
/// thousand seeds; from one thread.
/// </summary>
public sealed class CampaignResults(CampaignPlan plan)
{
    private const int MostRuns = 1024, MostWaits = 100;

    private readonly int together = (plan.Seeds + MostRuns - 1) / MostRuns;
    private readonly BitArray[] counted = [.. plan.Rows.Select(_ => new BitArray(plan.Seeds))];
    private readonly DesignRun?[][] runs = [.. plan.Rows.Select(_ => new DesignRun?[Math.Min(plan.Seeds, MostRuns)])];
    private readonly string?[] failures = new string?[plan.Rows.Count];

    /// <summary>Units that are counted.</summary>
    public long Count { get; private set; }

    public bool IsComplete => Count == plan.Units;

    public bool Has(int row, int seed) => counted[row][seed];

    /// <summary>Counts a unit, unless it is.</summary>
    /// <returns>Whether it was not.</returns>
    public bool Add(int row, int seed, UnitOutcome outcome)
    {
        if (counted[row][seed]) return false;
        counted[row][seed] = true;
        Count++;
        if (outcome.Run is null) failures[row] ??= $"seed {outcome.Seed}: {outcome.Failure}";
        else runs[row][seed / together] = runs[row][seed / together] is { } sum ? Sum(sum, outcome.Run) : outcome.Run;
        return true;
    }

    /// <summary>A scenario's designs beside each other.</summary>
    /// <exception cref="FormatException">The design as it is failed.</exception>
    public Comparison Compare(PlannedScenario scenario)
    {
        var asItIs = RowOf(scenario.Designs[0]);
        if (failures[asItIs] is { } broken) throw new FormatException($"{scenario.Name}: the design as it is failed with {broken}");
        var designs = scenario.Designs.Skip(1).Select(design => design.Content is null || failures[RowOf(design)] is not null
            ? (design.Change, design.Refused ?? failures[RowOf(design)], [])
            : (design.Change, (string?)null, Runs(RowOf(design))));
        var comparison = Comparison.Of(scenario.Name, Runs(asItIs), designs);
        return together == 1 ? comparison
            : comparison with { Notes = [$"{plan.Seeds:#,0} seeds, compared in {MostRuns:#,0} groups or fewer of {together:#,0}."] };
    }

    private IReadOnlyList<DesignRun> Runs(int row) => [.. runs[row].OfType<DesignRun>()];

    private int RowOf(PlannedDesign design) => plan.Rows.Index().First(row => ReferenceEquals(row.Item.Design, design)).Index;

    // In no order, so that it does not matter who was done first.
    private static DesignRun Sum(DesignRun one, DesignRun other) => new()
    {
        Seed = Math.Min(one.Seed, other.Seed),
        Simulated = one.Simulated + other.Simulated,
        Lost = one.Lost + other.Lost,
        Worst = one.Worst > other.Worst ? one.Worst : other.Worst,
        Waits = [.. one.Waits.Concat(other.Waits).OrderDescending().Take(MostWaits)],
        Deadline = one.Deadline < other.Deadline ? one.Deadline : other.Deadline,
        Period = one.Period < other.Period ? one.Period : other.Period,
        Interrupts = one.Interrupts + other.Interrupts,
        RegisterReads = one.RegisterReads + other.RegisterReads,
    };
}
