namespace Pcie.TestKit;

/// <summary>A capability of the list in configuration space.</summary>
/// <param name="Id">PCI Code and ID Assignment Specification, section 2; of an extended one, section 3.</param>
/// <param name="Offset">In configuration space.</param>
public readonly record struct Capability(int Id, int Offset);
