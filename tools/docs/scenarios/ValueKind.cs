using Pcie.Scenario;

namespace Pcie.Docs.Scenarios;

/// <summary>A kind of value that needs explaining: a definition of the schema.</summary>
/// <param name="Quantity">The units that it has; null for a kind without.</param>
internal sealed record ValueKind(string Name, string Sentence, Quantity? Quantity, params object[] Examples)
{
    public static IReadOnlyList<ValueKind> All { get; } =
    [
        Of("duration", "A number with its unit: {0}. It comes out to whole nanoseconds.", Quantity.Duration, "50ms", "1.5us", "24h"),
        Of("bytes", "A number of bytes, or a text with a unit: {0}.", Quantity.Bytes, "64 KiB", 4096),
        Of("rate", "Bytes per second, with a unit: {0}.", Quantity.Rate, "200 MB/s"),
        new("distribution", "A duration that varies from draw to draw: a plain duration, which does not, or a table as below.", null, "1ms"),
        new("comparison", "A comparison with a number, with true or false, or for a time with a duration.", null, ">= 1", "== true", "< 5ms"),
    ];

    /// <summary>The tables that a distribution can be.</summary>
    public static IReadOnlyList<TableDeclaration> DistributionForms => TableDeclaration.Of(typeof(DistributionForm)).Kinds;

    // Without the other ways to write a unit.
    private static ValueKind Of(string name, string sentence, Quantity quantity, params object[] examples)
    {
        var units = quantity.Units.Where(unit => unit.All(char.IsAscii)).ToList();
        return new(name, string.Format(null, sentence, $"{string.Join(", ", units.SkipLast(1))} or {units[^1]}"), quantity, examples);
    }
}
