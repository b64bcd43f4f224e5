using System.Text;
using Pcie.Diagnosis.Rates;
using Pcie.Tables;

namespace Pcie.Diagnosis.WhatIf;

/// <summary>A <see cref="Comparison"/> as a person reads it.</summary>
public static class ComparisonText
{
    public static string Of(Comparison comparison)
    {
        var text = new StringBuilder(Table(comparison));
        text.Append('\n').Append(Conclusion(comparison)).Append('\n');
        foreach (var note in comparison.Notes) text.Append(note).Append('\n');
        if (comparison.AsItIs.Rare is { } rare) text.Append("\nThe design as it is:\n").Append(RareText.Table(rare));
        if (comparison.Cheapest?.Rare is { } cured) text.Append($"\n{comparison.Cheapest.Change.Name}:\n").Append(RareText.Table(cured));
        Depth(text, comparison);
        return text.ToString();
    }

    /// <summary>Of the design as it is alone: how much it loses a day, and what that rests on.</summary>
    public static string OfOne(Comparison comparison)
    {
        var rate = comparison.AsItIs.LossRate;
        var text = new StringBuilder($"{comparison.Scenario}: {Extent(comparison)}\n\n");
        text.Append($"lost a day  {RateText.Of(rate.PerDay)}, with 95 % confidence {RateText.IntervalOf(rate)}\n");
        foreach (var note in comparison.Notes) text.Append(note).Append('\n');
        return comparison.AsItIs.Rare is { } rare ? text.Append('\n').Append(RareText.Table(rare)).ToString() : text.ToString();
    }

    /// <summary>A row for each design, the best first.</summary>
    public static string Table(Comparison comparison)
    {
        var table = new TextTable().Left("design", 36).Right("lost/day", 9).Right("95 % interval", 16).Right("worst wait", 12).Right("margin", 12)
            .Right("reads/ISR", 9).Right("better", 7).Right("worse", 6).Left("needs", gap: 2).AddHeadings();
        foreach (var outcome in comparison.Ranked.Prepend(comparison.AsItIs)) AddRow(table, outcome);
        foreach (var outcome in comparison.NotRun) table.AddRow(outcome.Change.Name, $"not run: {outcome.Refused}");
        return $"{comparison.Scenario}: {Extent(comparison)}\n\n{table}";
    }

    internal static string Extent(Comparison comparison) => (comparison.AsItIs.Rare is { } rare ? RareText.Extent(rare)
        : $"{comparison.AsItIs.Simulated} of each design")
        + $", over {comparison.AsItIs.Runs.Count:#,0} seed{(comparison.AsItIs.Runs.Count == 1 ? "" : "s")}";

    private static void AddRow(TextTable table, DesignOutcome outcome)
    {
        var rate = outcome.LossRate;
        var (better, worse) = outcome.Change.Needs == DesignNeeds.Nothing ? ("", "") : ($"{outcome.Better:#,0}", $"{outcome.Worse:#,0}");
        table.AddRow(outcome.Change.Name, RateText.Of(rate.PerDay), RateText.IntervalOf(rate), $"{outcome.Worst}",
            outcome.Margin?.ToString() ?? "unknown", $"{outcome.ReadsPerInterrupt:0.00}", better, worse, Needs(outcome.Change.Needs));
    }

    /// <summary>The cheapest cure, in a sentence.</summary>
    public static string Conclusion(Comparison comparison) => comparison switch
    {
        { AsItIs: { Lost: 0, Margin: var margin } } => "Nothing was lost by the design as it is, so there is nothing to cure; "
            + (margin is null ? "how near it came is not known, since only its driver knows how long it may wait: compare the worst waits. "
                : "the margin says how near it came. ")
            + "More seeds or a longer duration see rarer waits.",
        { Cheapest: { Rare: { } rare } cured } =>
            $"The cheapest change with which less than {RateText.Of(comparison.Rare!.Precision)} a day is lost: "
            + $"{cured.Change.Name}{InBrackets(cured.Change.Needs)}; "
            + $"below {RateText.Of(rare.Total.High)} a day with 97.5 % confidence ({RareText.Split(rare)}).",
        { Rare: { } setting, Ranked: var all } when all.Any(outcome => outcome.Lost == 0) =>
            $"No change is known to lose less than {RateText.Of(setting.Precision)} a day, though some lost nothing: "
            + "their intervals say what is known.",
        { Cheapest: { } cheapest } => $"The cheapest change with which nothing was lost: {cheapest.Change.Name}{InBrackets(cheapest.Change.Needs)}; "
            + $"below {RateText.Of(cheapest.LossRate.High)} a day with 97.5 % confidence.",
        _ => "No single change removes the loss.",
    };

    private static void Depth(StringBuilder text, Comparison comparison)
    {
        if (!comparison.KnowsDepth) return;
        var table = new TextTable().Left("DMA buffer", 18).Right("lasts", 12).Right("waits/day", 10).Right("95 % interval", 18)
            .Left("rests on", gap: 2).AddHeadings();
        foreach (var depth in comparison.Depths.Select(comparison.Depth))
            table.AddRow(Slots(depth.Slots) + (depth.Slots == comparison.OwnDepth ? ", as it is" : ""), $"{depth.Lasts}",
                RateText.Of(depth.Rate.PerDay), RateText.IntervalOf(depth.Rate), Basis(depth.Basis));
        text.Append('\n').Append(table).Append(Fit(comparison)).Append('\n');
    }

    internal static string Slots(int slots) => $"{slots} slot{(slots == 1 ? "" : "s")}";

    /// <summary>What the rates beyond what was seen rest on.</summary>
    internal static string Fit(Comparison comparison) => comparison.AsItIs.Rare is not null
        ? "Of the occurrences that were simulated, each standing for as many a day as it does." : comparison.Tail is { IsFitted: true } tail
        ? $"Fitted: a generalised Pareto distribution over the {Counted.Of(tail.Excesses, "wait")} above {tail.Threshold}; "
            + "its interval is that of resampling them, too narrow for a heavy tail.\n"
            + $"It knows only what showed in {comparison.AsItIs.Simulated}: "
            + $"a cause that did not may still come up to {RateText.Of(LossRate.Of(0, comparison.AsItIs.Simulated).High)} times a day."
        : $"{Counted.Of(comparison.Tail.Excesses, "wait")} above {comparison.Tail.Threshold}: too few to fit a distribution "
            + $"({TailModel.FewestExcesses} are wanted): more seeds, or a longer duration.";

    internal static string Basis(DepthBasis basis) => basis switch
    {
        DepthBasis.Counted => "waits that were longer, counted",
        DepthBasis.Fitted => "the fitted tail: none was seen",
        _ => "none was seen: the upper limit is what is known",
    };

    private static string InBrackets(DesignNeeds needs) => Needs(needs) is { Length: > 0 } text ? $" ({text})" : "";

    internal static string Needs(DesignNeeds needs) => needs switch
    {
        DesignNeeds.Nothing => "",
        DesignNeeds.DriverSetting => "a setting of the driver",
        DesignNeeds.DriverCode => "driver code and memory",
        DesignNeeds.Card => "another FPGA image",
        _ => "",
    };
}
