using Pcie.Campaign.Plan;
using Pcie.Campaign.Results;
using Pcie.Diagnosis.Report;
using Pcie.Diagnosis.WhatIf;

namespace Pcie.Emu.Campaigns;

/// <summary>What a campaign came to, for a person.</summary>
internal static class CampaignOutput
{
    public static string ToText(CampaignPlan plan, CampaignResults results) =>
        string.Join('\n', plan.Scenarios.Select(scenario => ComparisonText.Of(results.Compare(scenario))));

    /// <summary>A page for each scenario: in the folder, or in one of its own each if there are several.</summary>
    /// <param name="origin">Of all of them, but for the scenario.</param>
    /// <returns>The pages' paths.</returns>
    public static IEnumerable<string> WritePages(CampaignPlan plan, CampaignResults results, ReportOrigin origin, string folder) =>
        plan.Scenarios.Select(scenario => ReportPage.Write(
            new ReportContent($"{plan.Name}: {scenario.Name}", "", null, null, [], results.Compare(scenario))
            {
                Origin = origin with { Scenario = scenario.Designs[0].Content!.Text },
            },
            plan.Scenarios.Count == 1 ? folder : Path.Combine(folder, scenario.Name)));
}
