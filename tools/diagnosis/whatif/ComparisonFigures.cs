using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pcie.Diagnosis.WhatIf;

/// <summary>A <see cref="Comparison"/> as JSON, in snake case; times are nanoseconds.</summary>
public static class ComparisonFigures
{
    private static readonly JsonSerializerOptions Snake = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static JsonObject Of(Comparison comparison) => JsonSerializer.SerializeToNode(new
    {
        comparison.Scenario,
        SimulatedNs = comparison.AsItIs.Simulated.Nanoseconds,
        Seeds = comparison.AsItIs.Runs.Select(run => run.Seed),
        AsItIs = Outcome(comparison.AsItIs),
        Changes = comparison.Ranked.Select(Outcome),
        NotRun = comparison.NotRun.Select(outcome => new { outcome.Change.Name, outcome.Refused }),
        Cheapest = comparison.Cheapest?.Change.Name,
        Tail = new { ThresholdNs = comparison.Tail.Threshold.Nanoseconds, comparison.Tail.Excesses, comparison.Tail.IsFitted },
        Depths = comparison.Depths.Select(comparison.Depth).Select(depth => new
        {
            depth.Slots, LastsNs = depth.Lasts.Nanoseconds, depth.Rate.PerDay, depth.Rate.Low, depth.Rate.High, Basis = depth.Basis.ToString(),
        }),
    }, Snake)!.AsObject();

    private static object Outcome(DesignOutcome outcome) => new
    {
        outcome.Change.Name,
        Needs = outcome.Change.Needs.ToString(),
        Keys = outcome.Change.Keys.Select(key => key.ToString()),
        outcome.Lost,
        LostPerDay = outcome.LossRate.PerDay,
        LostPerDayLow = outcome.LossRate.Low,
        LostPerDayHigh = outcome.LossRate.High,
        WorstNs = outcome.Worst.Nanoseconds,
        MarginNs = outcome.Margin?.Nanoseconds,
        outcome.ReadsPerInterrupt,
        outcome.Better,
        outcome.Worse,
        Runs = outcome.Runs.Select(run => new { run.Seed, run.Lost, WorstNs = run.Worst.Nanoseconds, run.Interrupts, run.RegisterReads }),
    };
}
