using Pcie.Tables;

namespace Pcie.Diagnosis.Rates;

/// <summary>A <see cref="RareEstimate"/> as a person reads it.</summary>
public static class RareText
{
    /// <summary>What was simulated, and what that is worth.</summary>
    public static string Extent(RareEstimate estimate) =>
        $"{estimate.Occurrences:#,0} occurrences of what is rare and {estimate.Rest} of the rest, "
        + $"as good as {RateText.Of(estimate.Days)} days of each design";

    /// <summary>How much of what is not known to be none rests on what.</summary>
    public static string Split(RareEstimate estimate) => estimate.RestBasis switch
    {
        RestBasis.Proven => $"{RateText.Of(estimate.Counted.High)} of it counted and {RateText.Of(estimate.ProvenPerDay)} proven",
        RestBasis.Fitted => $"{RateText.Of(estimate.Counted.High)} of it counted and {RateText.Of(estimate.RestRate.High)} extrapolated",
        _ => "all of it counted",
    };

    /// <summary>A row for each stratum, one for the rest, and the sum.</summary>
    public static string Table(RareEstimate estimate)
    {
        var widest = estimate.Parts.Select(part => part.Stratum.Name.Length).DefaultIfEmpty().Max();
        var table = new TextTable("  ").Left("what occurs", Math.Max(36, widest)).Right("a day", 9).Right("simulated", 10).Right("with a loss", 11)
            .Right("lost/day", 10).Right("95 % interval", 20).Left("rests on", gap: 2).AddHeadings();
        foreach (var (stratum, occurrences, withLoss, rate, basis) in estimate.Parts)
            table.AddRow(stratum.Name, RateText.Of(stratum.PerDay), $"{occurrences:#,0}", $"{withLoss:#,0}", RateText.Of(rate.PerDay),
                RateText.IntervalOf(rate), Basis(basis));
        table.AddRow("nothing of these", "", $"{estimate.Rest}", $"{estimate.RestLosses:#,0}", RateText.Of(estimate.RestRate.PerDay),
            RateText.IntervalOf(estimate.RestRate), Basis(estimate.RestBasis));
        table.AddRow("all", "", "", "", RateText.Of(estimate.Total.PerDay), RateText.IntervalOf(estimate.Total));
        return table.ToString();
    }

    private static string Basis(RestBasis basis) => basis switch
    {
        RestBasis.Counted => "counted",
        RestBasis.Proven => "proven: no processor is busy for so long",
        RestBasis.Fitted => "extrapolated: a distribution fitted to its longest waits",
        _ => "none was seen: the upper limit is what is known",
    };
}
