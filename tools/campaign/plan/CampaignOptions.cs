using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.Campaign.Plan;

/// <summary>What a campaign file says.</summary>
[Table("campaign", "Designs × seeds × scenarios.")]
public sealed record CampaignOptions
{
    [Key("name", "Short name of the campaign; without one, the file's name without its extension.")]
    public string Name { get; init; } = "";

    [Key("seeds", "How many seeds each design is run with, from the scenario's own upwards.", Min = 1, Max = 10_000_000)]
    public int Seeds { get; init; } = 2;

    [Key("first-seed", "The first of them, instead of the scenario's own.", Min = 0)]
    public ulong? FirstSeed { get; init; }

    [Key("duration", "Of each run, instead of the scenario's.", Min = "1ns")]
    public Duration? Duration { get; init; }

    [Key("scenario", "The scenarios.")]
    public IReadOnlyList<CampaignScenario> Scenarios { get; init; } = [];

    [Key("design", "Changes to try, each beside the scenario as it is; without any, those that emu whatif tries.")]
    public IReadOnlyList<CampaignDesign> Designs { get; init; } = [];

    /// <exception cref="ScenarioException">It says something impossible or unknown.</exception>
    public static CampaignOptions Load(string path)
    {
        var file = ScenarioFile.Load(path);
        file.RefuseUnknownTables("campaign");
        var table = file.TableOf<CampaignOptions>();
        var options = table.Read<CampaignOptions>() with
        {
            Scenarios = [.. table.Tables("scenario").Select(scenario => scenario.Read<CampaignScenario>() with
            {
                Path = scenario.FilePath("file"),
            })],
            Designs = [.. table.Tables("design").Select(design => design.Read<CampaignDesign>())],
        };
        if (options.Scenarios.Count == 0)
            throw table.Refusal("scenario", "a campaign needs one: [[campaign.scenario]] with file = \"late-dpc\", or a file's path");
        return options.Name.Length > 0 ? options : options with { Name = System.IO.Path.GetFileNameWithoutExtension(path) };
    }
}

/// <summary>A scenario of a campaign.</summary>
[Table("campaign.scenario", "A scenario that every design is run in.")]
public sealed record CampaignScenario
{
    [Key("file", "A scenario file, from the folder of this file, or the name of a shipped scenario.")]
    public required string File { get; init; }

    [Key("set", "Other values for keys of it, as emu run --set has them, with commas between.")]
    public string Set { get; init; } = "";

    /// <summary>Where the file is, if it is one.</summary>
    public string Path { get; init; } = "";
}

/// <summary>A design of a campaign.</summary>
[Table("campaign.design", "A change to try.")]
public sealed record CampaignDesign
{
    [Key("name", "What tables call it; without one, the change.")]
    public string Name { get; init; } = "";

    [Key("change", "Keys of the scenario, as emu whatif --change has them: driver.buffering=ring,driver.ring-slots=4.")]
    public required string Change { get; init; }
}
