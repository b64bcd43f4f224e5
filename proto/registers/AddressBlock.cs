namespace Pcie.Registers;

/// <summary>Registers that are reached by one base address.</summary>
/// <param name="Name">An identifier.</param>
/// <param name="Bar">Number of the base address register; null for configuration space.</param>
/// <param name="Title">For a person; empty if nobody said.</param>
/// <param name="Description">What it is and how it is reached; empty if nobody said.</param>
/// <param name="Registers">By rising offset.</param>
public sealed record AddressBlock(string Name, int? Bar, string Title, string Description, IReadOnlyList<MapRegister> Registers)
{
    /// <summary>Bytes from its start to the end of its last register.</summary>
    public ulong Size => Registers.Count == 0 ? 0 : Registers.Max(register => register.Offset + (ulong)register.Bytes);
}
