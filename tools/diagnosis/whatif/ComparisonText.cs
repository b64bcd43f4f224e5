using System.Globalization;
using System.Text;

namespace Pcie.Diagnosis.WhatIf;

/// <summary>A <see cref="Comparison"/> as a person reads it.</summary>
public static class ComparisonText
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    public static string Of(Comparison comparison)
    {
        var text = new StringBuilder(Table(comparison));
        text.Append('\n').Append(Conclusion(comparison)).Append('\n');
        Depth(text, comparison);
        return text.ToString();
    }

    /// <summary>A row for each design, the best first.</summary>
    public static string Table(Comparison comparison)
    {
        var text = new StringBuilder();
        text.Append(Culture, $"{comparison.Scenario}: {Extent(comparison)}\n\n");
        text.Append(Culture, $"{"design",-36} {"lost/day",9} {"95 % interval",16} {"worst wait",12} {"margin",12} {"reads/ISR",9} {"better",6} {"worse",5}  needs\n");
        Row(text, comparison.AsItIs);
        foreach (var outcome in comparison.Ranked) Row(text, outcome);
        foreach (var outcome in comparison.NotRun) text.Append(Culture, $"{outcome.Change.Name,-36} not run: {outcome.Refused}\n");
        return text.ToString();
    }

    internal static string Extent(Comparison comparison) => string.Create(
        Culture, $"{comparison.AsItIs.Simulated} of each design, over {comparison.AsItIs.Runs.Count:#,0} seed{(comparison.AsItIs.Runs.Count == 1 ? "" : "s")}");

    private static void Row(StringBuilder text, DesignOutcome outcome)
    {
        var rate = outcome.LossRate;
        var paired = outcome.Change.Needs == DesignNeeds.Nothing ? ("", "") : (outcome.Better.ToString(Culture), outcome.Worse.ToString(Culture));
        text.Append(Culture, $"{outcome.Change.Name,-36} {Rate(rate.PerDay),9} {$"{Rate(rate.Low)} to {Rate(rate.High)}",16} {outcome.Worst,12} ")
            .Append(Culture, $"{(outcome.Margin is { } margin ? margin.ToString() : "unknown"),12} {outcome.ReadsPerInterrupt,9:0.00} {paired.Item1,6} {paired.Item2,5}  {Needs(outcome.Change.Needs)}\n");
    }

    /// <summary>The cheapest cure, in a sentence.</summary>
    public static string Conclusion(Comparison comparison) => comparison switch
    {
        { AsItIs.Lost: 0 } => "Nothing was lost by the design as it is, so there is nothing to cure; the margin says how near it came. More seeds or a longer duration see rarer waits.",
        { Cheapest: { } cheapest } => string.Create(Culture,
            $"The cheapest change with which nothing was lost: {cheapest.Change.Name} ({Needs(cheapest.Change.Needs)}); below {Rate(cheapest.LossRate.High)} a day with 97.5 % confidence."),
        _ => "No single change removes the loss.",
    };

    private static void Depth(StringBuilder text, Comparison comparison)
    {
        if (!comparison.KnowsDepth) return;
        text.Append(Culture, $"\n{"DMA buffer",-12} {"lasts",12} {"waits/day",10} {"95 % interval",18}  rests on\n");
        foreach (var slots in Comparison.Depths)
        {
            var depth = comparison.Depth(slots);
            text.Append(Culture, $"{Slots(slots),-12} {depth.Lasts,12} {Rate(depth.Rate.PerDay),10} {$"{Rate(depth.Rate.Low)} to {Rate(depth.Rate.High)}",18}  {Basis(depth.Basis)}\n");
        }
        text.Append(Fit(comparison)).Append('\n');
    }

    internal static string Slots(int slots) => string.Create(Culture, $"{slots} slot{(slots == 1 ? "" : "s")}");

    /// <summary>What the rates beyond what was seen rest on.</summary>
    internal static string Fit(Comparison comparison) => comparison.Tail is { IsFitted: true } tail
        ? string.Create(Culture, $"Fitted: a generalised Pareto distribution over the {tail.Excesses:#,0} waits above {tail.Threshold}; its interval is that of resampling them, too narrow for a heavy tail.\n")
            + string.Create(Culture, $"It knows only what showed in {comparison.AsItIs.Simulated}: a cause that did not may still come up to {Rate(LossRate.Of(0, comparison.AsItIs.Simulated).High)} times a day.")
        : string.Create(Culture, $"{comparison.Tail.Excesses:#,0} waits above {comparison.Tail.Threshold} are too few to fit a distribution ({TailModel.FewestExcesses} are wanted): more seeds, or a longer duration.");

    internal static string Basis(DepthBasis basis) => basis switch
    {
        DepthBasis.Counted => "waits that were longer, counted",
        DepthBasis.Fitted => "the fitted tail: none was seen",
        _ => "none was seen: the upper limit is what is known",
    };

    internal static string Needs(DesignNeeds needs) => needs switch
    {
        DesignNeeds.Nothing => "",
        DesignNeeds.DriverSetting => "a setting of the driver",
        DesignNeeds.DriverCode => "driver code and memory",
        DesignNeeds.Card => "another FPGA image",
        _ => "",
    };

    internal static string Rate(double perDay) => perDay switch
    {
        0 => "0",
        < 0.001 => perDay.ToString("0.0e0", Culture),
        < 100 => perDay.ToString("0.0##", Culture),
        _ => perDay.ToString("#,0", Culture),
    };
}
