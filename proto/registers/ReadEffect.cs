namespace Pcie.Registers;

/// <summary>What a read of software does to the bits of a field, after it.</summary>
public enum ReadEffect
{
    None,

    /// <summary>All bits become 0.</summary>
    Clears,

    /// <summary>All bits become 1.</summary>
    Sets,
}
