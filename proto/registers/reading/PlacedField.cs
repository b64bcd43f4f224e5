namespace Pcie.Registers.Reading;

/// <summary>A field, and the line in which the file has it.</summary>
internal readonly record struct PlacedField(MapField Field, int Line);
