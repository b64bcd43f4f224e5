using System.ComponentModel;
using Pcie.Campaign.Plan;
using Pcie.Campaign.Results;
using Pcie.Diagnosis.WhatIf;
using Pcie.Tables;

namespace Pcie.Emu.Campaigns;

/// <summary>A campaign as JSON.</summary>
[JsonForm("campaign/1")]
public sealed record CampaignFigures : JsonForm
{
    public required string Campaign { get; init; }

    [Description("Scenarios with designs, times seeds.")]
    public required long Units { get; init; }

    [Description("Units that were in the file of results before.")]
    public required long KnownBefore { get; init; }

    [Description("Units that were run; with --cluster, that came from there.")]
    public required long Run { get; init; }

    [Description("Processors that they were run on; null with --cluster.")]
    public required int? Processors { get; init; }

    [Description("Time that this took on the wall clock.")]
    public required long WallNs { get; init; }

    [Description("A comparison for each scenario.")]
    public required IReadOnlyList<ComparisonFigures> Comparisons { get; init; }

    /// <param name="known">Units that were known before.</param>
    internal static CampaignFigures Of(CampaignPlan plan, CampaignResults results, long known, int? processors, TimeSpan wall) => new()
    {
        Campaign = plan.Name, Units = plan.Units, KnownBefore = known, Run = results.Count - known, Processors = processors,
        WallNs = (long)wall.TotalNanoseconds,
        Comparisons = [.. plan.Scenarios.Select(scenario => ComparisonFigures.Of(results.Compare(scenario)))],
    };
}
