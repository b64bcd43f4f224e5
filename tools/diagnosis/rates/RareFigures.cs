using System.ComponentModel;

namespace Pcie.Diagnosis.Rates;

/// <summary>A <see cref="RareEstimate"/> as JSON.</summary>
public sealed record RareFigures
{
    [Description("How many days a plain simulation takes for an interval as narrow.")]
    public required double PlainDays { get; init; }

    [Description("How often what is rare was made to occur.")]
    public required int Occurrences { get; init; }

    public required IReadOnlyList<Stratum> Strata { get; init; }

    [Description("The time in which nothing rare occurs.")]
    public required Remainder Rest { get; init; }

    [Description("Lost in the strata alone.")]
    public required RateFigures Counted { get; init; }

    [Description("Lost in all.")]
    public required RateFigures Total { get; init; }

    public static RareFigures Of(RareEstimate estimate) => new()
    {
        PlainDays = estimate.Days, Occurrences = estimate.Occurrences,
        Strata = [.. estimate.Parts.Select(part => new Stratum(part.Stratum.Name, part.Stratum.PerDay, part.Occurrences, part.WithLoss,
            RateFigures.Of(part.Rate), part.Basis))],
        Rest = new Remainder(estimate.Rest.Nanoseconds, estimate.RestLosses, estimate.RestBasis, RateFigures.Of(estimate.RestRate)),
        Counted = RateFigures.Of(estimate.Counted), Total = RateFigures.Of(estimate.Total),
    };

    public sealed record Stratum(
        string Name,
        [property: Description("How often it really comes.")] double PerDay,
        int Occurrences,
        [property: Description("Occurrences in which something was lost.")] int WithLoss,
        RateFigures Lost,
        RestBasis Basis);

    public sealed record Remainder(
        long SimulatedNs,
        [property: Description("How often something was lost in it.")] int Losses,
        RestBasis Basis,
        RateFigures Lost);
}
