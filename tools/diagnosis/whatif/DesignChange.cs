using Pcie.Scenario;

namespace Pcie.Diagnosis.WhatIf;

/// <summary>A change to a design: the keys of its scenario that are different.</summary>
/// <param name="Name">For a table's row.</param>
public sealed record DesignChange(string Name, DesignNeeds Needs, IReadOnlyList<ScenarioChange> Keys)
{
    /// <summary>The design as it is.</summary>
    public static readonly DesignChange None = new("as it is", DesignNeeds.Nothing, []);

    /// <summary>A change of keys that are written as <see cref="ScenarioChange.Parse"/> reads them.</summary>
    public static DesignChange Of(string name, DesignNeeds needs, params IEnumerable<string> keys) =>
        new(name, needs, [.. keys.Select(ScenarioChange.Parse)]);
}
