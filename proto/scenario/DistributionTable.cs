using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.Scenario;

/// <summary>Reads a distribution that is written as a table: <c>{ lognormal = "80us", sigma = 0.6, maximum = "5ms" }</c>.</summary>
internal static class DistributionTable
{
    private static readonly string[] Kinds = ["uniform", "exponential", "lognormal", "pareto", "quantiles"];

    /// <exception cref="ScenarioException">It has no kind or several, or a key that its kind does not have.</exception>
    public static Distribution Read(ScenarioTable table)
    {
        var kinds = Array.FindAll(Kinds, table.Has);
        if (kinds.Length == 0) table.RefuseUnknownKeys();
        if (kinds.Length != 1)
        {
            var found = kinds.Length == 0 ? "no distribution" : string.Join(" and ", kinds);
            throw table.Error($"{table.Title} has {found}; expected one of {string.Join(", ", Kinds)}");
        }
        var distribution = kinds[0] switch
        {
            "uniform" => Uniform(table),
            "exponential" => Distribution.Exponential(table.Duration("exponential"), Maximum(table)),
            "lognormal" =>
                Distribution.LogNormal(table.Duration("lognormal"), table.Number("sigma", min: 0, max: 10), Maximum(table)),
            "quantiles" => Quantiles(table),
            _ => Distribution.Pareto(table.Duration("pareto"), table.Number("alpha", min: 0.1, max: 100), Maximum(table)),
        };
        table.RefuseUnknownKeys();
        return distribution;
    }

    private static Duration? Maximum(ScenarioTable table) => table.Has("maximum") ? table.Duration("maximum") : null;

    private static Distribution Quantiles(ScenarioTable table)
    {
        var values = table.Durations("quantiles");
        var rise = values.Count == Distribution.QuantileLevels.Count;
        for (var i = 1; rise && i < values.Count; i++) rise = values[i] >= values[i - 1];
        return rise ? Distribution.Quantiles(values) : throw table.Refusal("quantiles",
            $"expected {Distribution.QuantileLevels.Count} durations that do not fall, as emu calibrate writes them");
    }

    private static Distribution Uniform(ScenarioTable table)
    {
        var ends = table.Durations("uniform");
        return ends.Count == 2 && ends[0] <= ends[1] && ends[1] < Duration.Max ? Distribution.Uniform(ends[0], ends[1])
            : throw table.Refusal("uniform", "expected the shortest and the longest duration, such as [\"1ms\", \"2ms\"]");
    }
}
