using Pcie.Diagnosis.WhatIf;
using Pcie.DriverModel.Daq;
using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Hosting;
using Pcie.Scenario;

namespace Pcie.Emu.WhatIf;

/// <summary>Whether a scenario can have a change.</summary>
internal static class Feasibility
{
    /// <summary>Why not: what the card cannot do, and what changes nothing. Null if it can.</summary>
    /// <param name="host">The scenario as it is.</param>
    /// <exception cref="ScenarioException">The change is none that any scenario can have, or does not go with this one.</exception>
    public static string? RefusalOf(ScenarioFile file, HostScenario host, DesignChange change)
    {
        var changed = file.With(change.Keys);
        var with = HostScenario.Read(changed);
        for (var number = 1; number <= with.Cards.Count; number++) CardKinds.DesignOf(changed, with.Run, number: number);
        if (with.Driver is DaqDesign { Options: { Buffering: Buffering.Ring, RingSlots: var slots } }
            && CardKinds.DaqOf(changed, with.Run.Seed)?.MaxSlots is { } most && slots > most)
            return $"the card has {most} slots at most (max-slots in [card.dma])";
        return with.Cards.SequenceEqual(host.Cards) && change.Keys.All(key => key.Key.StartsWith("driver.", StringComparison.Ordinal))
            ? "so it is already"
            : null;
    }
}
