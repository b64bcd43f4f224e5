namespace Pcie.Registers.Layout;

/// <summary>Four bytes of a BAR, as a card that is accessed by DWs has them.</summary>
/// <param name="Offset">From the start of the BAR, a multiple of 4.</param>
/// <param name="Fields">By rising bit.</param>
public sealed record DwordRegister(string Name, uint Offset, string Description, IReadOnlyList<MapField> Fields);
