using Pcie.Scenario;

namespace Pcie.Diagnosis.WhatIf;

/// <summary>A change to a design: the keys of its scenario that are different.</summary>
/// <param name="Name">For a table's row.</param>
public sealed record DesignChange(string Name, DesignNeeds Needs, IReadOnlyList<ScenarioChange> Keys)
{
    /// <summary>The design as it is.</summary>
    public static readonly DesignChange None = new("as it is", DesignNeeds.Nothing, []);

    /// <summary>The slots of the DMA buffer that it asks for, which are memory; 0 if it asks for none.</summary>
    public long Slots => Keys.Where(key => key.Key == "driver.ring-slots").Select(key => long.TryParse(key.Value, out var slots) ? slots : 0).Sum();

    /// <summary>A change that somebody named, whose cost its keys tell.</summary>
    /// <exception cref="FormatException">A part of it is no change.</exception>
    public static DesignChange Of(string text)
    {
        IReadOnlyList<ScenarioChange> keys = [.. text.Split(',').Select(ScenarioChange.Parse)];
        return new DesignChange(text, keys.Max(key => NeedsOf(key.Key)), keys);
    }

    private static DesignNeeds NeedsOf(string key) => key switch
    {
        "driver.dpc-importance" or "driver.dpc-processor" or "driver.interrupt-processor" or "driver.interrupt-affinity" => DesignNeeds.DriverSetting,
        "driver.routing" or "driver.rearm-policy" or "driver.cause-source" or "driver.interrupts" => DesignNeeds.Card,
        _ when key.StartsWith("driver.", StringComparison.Ordinal) => DesignNeeds.DriverCode,
        _ when key.StartsWith("card.", StringComparison.Ordinal) => DesignNeeds.Card,
        _ => DesignNeeds.Unknown,
    };

    /// <summary>A change of keys that are written as <see cref="ScenarioChange.Parse"/> reads them.</summary>
    public static DesignChange Of(string name, DesignNeeds needs, params IEnumerable<string> keys) =>
        new(name, needs, [.. keys.Select(ScenarioChange.Parse)]);
}
