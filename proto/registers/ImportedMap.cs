namespace Pcie.Registers;

/// <summary>A map that was read, and what of its file it does not say.</summary>
/// <param name="Format">Which format it was in.</param>
/// <param name="Notes">What the file says that the map does not carry, each a sentence with its line.</param>
public sealed record ImportedMap(DeviceMap Map, string Format, IReadOnlyList<string> Notes);
