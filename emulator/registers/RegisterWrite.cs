namespace Pcie.Emulator.Registers;

/// <summary>A write that a register has taken.</summary>
/// <param name="Before">What the register held.</param>
/// <param name="After">What it holds now.</param>
/// <param name="Ones">The bits written as 1, in enabled bytes: what a write-only field acts on.</param>
public readonly record struct RegisterWrite(uint Before, uint After, uint Ones);
