namespace Pcie.Emulator.Control;

/// <summary>Which register is meant.</summary>
/// <param name="Name">Its name; null if it is named by its place.</param>
/// <param name="Bar">Its BAR, if it is named by its place.</param>
/// <param name="Offset">In bytes from the BAR's start.</param>
public readonly record struct RegisterName(string? Name, int Bar, ulong Offset);
