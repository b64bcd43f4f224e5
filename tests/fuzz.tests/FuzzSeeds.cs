using System.Globalization;

namespace Pcie.Fuzz.Tests;

/// <summary>
/// Which cases run. A case is made from its seed and number alone. <c>FUZZ_SEED</c> replaces the seeds, <c>FUZZ_CASE</c> leaves one case of
/// them, and <c>FUZZ_SCALE</c> multiplies how many there are: a night's run has <c>FUZZ_SCALE=100</c>.
/// </summary>
internal static class FuzzSeeds
{
    public static ulong[] All { get; } = Read("FUZZ_SEED") is { } seed ? [(ulong)seed] : [1, 2, 3, 4, 5, 6, 7, 8];

    public static long? OnlyCase { get; } = Read("FUZZ_CASE");

    public static long Scale { get; } = Read("FUZZ_SCALE") ?? 1;

    private static long? Read(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
        ? long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)
        : null;
}
