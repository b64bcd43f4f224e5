using Pcie.Diagnosis.WhatIf;
using Pcie.DriverModel.Daq;
using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Daq;
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
        var card = DaqCardOptions.Read(changed, with.Run.Seed);
        if (with.Driver is DaqDesign { Options: { Buffering: Buffering.Ring, RingSlots: var slots } } && slots > card.MaxSlots)
            return $"the card has {card.MaxSlots} slots at most (max-slots in [card.dma])";
        return with.Driver == host.Driver && change.Keys.All(key => key.Key.StartsWith("driver.", StringComparison.Ordinal)) ? "so it is already"
            : null;
    }
}
