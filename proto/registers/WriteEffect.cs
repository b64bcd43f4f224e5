namespace Pcie.Registers;

/// <summary>What a write of software does to the bits of a field.</summary>
public enum WriteEffect
{
    /// <summary>Nothing: the field is not writable.</summary>
    None,

    /// <summary>They keep what is written.</summary>
    Stores,

    /// <summary>A bit written as 1 becomes 0.</summary>
    OneClears,

    /// <summary>A bit written as 1 becomes 1; one written as 0 stays.</summary>
    OneSets,

    /// <summary>A bit written as 1 is inverted.</summary>
    OneToggles,

    /// <summary>A bit written as 0 becomes 0; one written as 1 stays.</summary>
    ZeroClears,

    /// <summary>A bit written as 0 becomes 1.</summary>
    ZeroSets,

    /// <summary>A bit written as 0 is inverted.</summary>
    ZeroToggles,

    /// <summary>Any write makes all bits 0.</summary>
    Clears,

    /// <summary>Any write makes all bits 1.</summary>
    Sets,

    /// <summary>The first write after a reset is kept, and none after it.</summary>
    Once,
}
