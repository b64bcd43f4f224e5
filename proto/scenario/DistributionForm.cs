using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.Scenario;

/// <summary>A distribution that is written as a table: <c>{ lognormal = "80us", sigma = 0.6, maximum = "5ms" }</c>.</summary>
[Kinds(typeof(Uniform), typeof(Exponential), typeof(LogNormal), typeof(Pareto), typeof(Quantiles))]
public abstract record DistributionForm
{
    private static string Names => string.Join(", ", TableDeclaration.Of(typeof(DistributionForm)).Kinds.Select(kind => kind.Mark.Name));

    /// <exception cref="ScenarioException">The table has no kind or several, or a key that its kind does not have.</exception>
    internal static Distribution Read(ScenarioTable table) => table.ReadKind<DistributionForm>(given =>
    {
        if (given.Count == 0) table.RefuseUnknownKeys();
        var found = given.Count == 0 ? "no distribution" : string.Join(" and ", given);
        return table.Error($"{table.Title} has {found}; expected one of {Names}");
    }).Make(table);

    internal abstract Distribution Make(ScenarioTable table);

    internal abstract record Unlimited : DistributionForm
    {
        [Key("maximum", "No draw is longer.")]
        public Duration? Maximum { get; init; }
    }

    internal sealed record Uniform : DistributionForm
    {
        [Key("uniform", "The shortest and the longest; every nanosecond between is as likely.", Count = 2)]
        public required IReadOnlyList<Duration> Ends { get; init; }

        internal override Distribution Make(ScenarioTable table) =>
            Ends.Count == 2 && Ends[0] <= Ends[1] && Ends[1] < Duration.Max ? Distribution.Uniform(Ends[0], Ends[1])
                : throw table.Refusal("uniform", "expected the shortest and the longest duration, such as [\"1ms\", \"2ms\"]");
    }

    internal sealed record Exponential : Unlimited
    {
        [Key("exponential", "The mean: the time between events that do not know of each other.")]
        public required Duration Mean { get; init; }

        internal override Distribution Make(ScenarioTable table) => Distribution.Exponential(Mean, Maximum);
    }

    internal sealed record LogNormal : Unlimited
    {
        [Key("lognormal", "The median.")]
        public required Duration Median { get; init; }

        [Key("sigma", "Standard deviation of the logarithm.", Min = 0, Max = 10)]
        public required double Sigma { get; init; }

        internal override Distribution Make(ScenarioTable table) => Distribution.LogNormal(Median, Sigma, Maximum);
    }

    internal sealed record Pareto : Unlimited
    {
        [Key("pareto", "The shortest: a draw exceeds t with probability (pareto / t) ^ alpha.")]
        public required Duration Shortest { get; init; }

        [Key("alpha", "How fast the tail falls; at 2 or less the variance is infinite.", Min = 0.1, Max = 100)]
        public required double Alpha { get; init; }

        internal override Distribution Make(ScenarioTable table) => Distribution.Pareto(Shortest, Alpha, Maximum);
    }

    internal sealed record Quantiles : DistributionForm
    {
        [Key("quantiles", "As measured: the durations below which 0, 1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 99, 99.5, 99.8, 99.9, 99.95, "
            + "99.99 and 100 % of the draws lie; straight lines between them. emu calibrate writes them.", Count = Distribution.LevelCount)]
        public required IReadOnlyList<Duration> Values { get; init; }

        internal override Distribution Make(ScenarioTable table)
        {
            var rises = Values.Count == Distribution.LevelCount && Values.Zip(Values.Skip(1)).All(pair => pair.First <= pair.Second);
            return rises ? Distribution.Quantiles(Values) : throw table.Refusal("quantiles",
                $"expected {Distribution.LevelCount} durations that do not fall, as emu calibrate writes them");
        }
    }
}
