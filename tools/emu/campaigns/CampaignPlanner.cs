using Pcie.Campaign.Plan;
using Pcie.Campaign.Units;
using Pcie.Diagnosis.WhatIf;
using Pcie.DriverModel.Scenario;
using Pcie.Emu.WhatIf;
using Pcie.Emulator.Hosting;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.Emu.Campaigns;

/// <summary>Makes a plan of what a campaign file says.</summary>
internal static class CampaignPlanner
{
    /// <exception cref="ScenarioException">The file, or a scenario of it, is refused.</exception>
    /// <exception cref="FormatException">A design is none that any of the scenarios can have.</exception>
    public static CampaignPlan Plan(string path, string version)
    {
        var options = CampaignOptions.Load(path);
        var designs = options.Designs.Select(Change).ToList();
        var files = new Dictionary<string, ContentFile>();
        var scenarios = options.Scenarios.Select(Planned).ToList();
        if (Repeated(scenarios.Select(scenario => scenario.Name)) is { } twice)
            throw new FormatException($"{path}: two scenarios are called {twice}; give one another [run] name by set = \"run.name=…\".");
        if (Repeated(designs.Select(design => design.Name)) is { } same)
            throw new FormatException($"{path}: two designs are called {same}; give one a name of its own.");
        // A design that fits nowhere is a mistake, which is not found out after hours.
        foreach (var design in designs)
            if (scenarios.Select(scenario => scenario.Designs.First(other => other.Change == design)).ToList() is var all
                && all.TrueForAll(one => one.Content is null))
                throw new FormatException($"{path}: the design {design.Name} cannot be run: {all[0].Refused}.");
        return new CampaignPlan(options.Name, options.Seeds, scenarios);

        PlannedScenario Planned(CampaignScenario scenario)
        {
            var file = ScenarioFile.Load(File.Exists(scenario.Path) ? scenario.Path : ScenarioCatalog.Find(scenario.File));
            var sets = scenario.Set.Length == 0 ? [] : scenario.Set.Split(',').Select(ScenarioChange.Parse).ToList();
            if (options.Duration is { } duration) sets.Add(new ScenarioChange("run.duration", $"\"{duration.Nanoseconds}ns\""));
            file = file.With(sets);
            var host = HostScenario.Read(file.With([]));
            if (host.Run.Pacing == Pacing.WallClock)
                throw new FormatException(
                    $"{file.Name} runs by the wall clock, where no two runs are alike; a campaign needs free-running scenarios.");
            // What texts that are equal come to is equal.
            var known = new Dictionary<string, string>();
            return new PlannedScenario(host.Run.Name, options.FirstSeed ?? host.Run.Seed,
                [.. (designs.Count > 0 ? designs : DefaultChanges.For(host)).Prepend(DesignChange.None).Select(Designed)]);

            PlannedDesign Designed(DesignChange change)
            {
                try
                {
                    if (change != DesignChange.None && Feasibility.RefusalOf(file, host, change) is { } refused)
                        return new PlannedDesign(change, refused, null);
                    var content = ContentOf(file.With(change.Keys));
                    return known.TryAdd(content.Hash, change.Name) ? new PlannedDesign(change, null, content)
                        : new PlannedDesign(change, $"it is the same as {known[content.Hash]}", null);
                }
                catch (ScenarioException e) when (change != DesignChange.None)
                {
                    return new PlannedDesign(change, e.Message, null);
                }
            }
        }

        UnitContent ContentOf(ScenarioFile file)
        {
            // Its readers know which texts are files.
            var host = HostScenario.Read(file);
            for (var number = 1; number <= host.Cards.Count; number++) CardKinds.DesignOf(file, host.Run, number: number);
            var named = new Dictionary<string, ContentFile>();
            var text = file.ToWholeText(path =>
            {
                if (!files.TryGetValue(path, out var content)) files[path] = content = ContentFile.Of(path);
                return (named[path] = content).Name;
            });
            return new UnitContent(text, [.. named.Values], version);
        }
    }

    private static DesignChange Change(CampaignDesign design)
    {
        var change = DesignChange.Of(design.Change);
        return design.Name.Length == 0 ? change : change with { Name = design.Name };
    }

    private static string? Repeated(IEnumerable<string> names) =>
        names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key;
}
