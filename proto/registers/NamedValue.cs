namespace Pcie.Registers;

/// <summary>A value of a field that has a name.</summary>
/// <param name="Description">What it means; empty if nobody said.</param>
public sealed record NamedValue(string Name, ulong Value, string Description = "");
