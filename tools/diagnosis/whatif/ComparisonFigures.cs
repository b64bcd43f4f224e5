using System.ComponentModel;
using Pcie.Diagnosis.Rates;
using Pcie.Tables;

namespace Pcie.Diagnosis.WhatIf;

/// <summary>A <see cref="Comparison"/> as JSON.</summary>
[JsonForm("comparison/2")]
public sealed record ComparisonFigures : JsonForm
{
    public required string Scenario { get; init; }

    [Description("Simulated of each design, over all seeds.")]
    public required long SimulatedNs { get; init; }

    public required IReadOnlyList<ulong> Seeds { get; init; }

    public required Outcome AsItIs { get; init; }

    [Description("The best first: least lost, then the widest margin, then the cheapest.")]
    public required IReadOnlyList<Outcome> Changes { get; init; }

    [Description("Changes that do not apply, or were refused, and why.")]
    public required IReadOnlyList<Refusal> NotRun { get; init; }

    [Description("The name of the cheapest change that cures; null if there is none, or nothing was lost anyway.")]
    public required string? Cheapest { get; init; }

    public required IReadOnlyList<string> Notes { get; init; }

    [Description("The distribution fitted to the longest waits of the design as it is.")]
    public required FittedTail Tail { get; init; }

    [Description("What DMA buffers of so many slots would lose.")]
    public required IReadOnlyList<Depth> Depths { get; init; }

    public static ComparisonFigures Of(Comparison comparison) => new()
    {
        Scenario = comparison.Scenario, SimulatedNs = comparison.AsItIs.Simulated.Nanoseconds,
        Seeds = [.. comparison.AsItIs.Runs.Select(run => run.Seed)],
        AsItIs = Outcome.Of(comparison.AsItIs), Changes = [.. comparison.Ranked.Select(Outcome.Of)],
        NotRun = [.. comparison.NotRun.Select(outcome => new Refusal(outcome.Change.Name, outcome.Refused!))],
        Cheapest = comparison.Cheapest?.Change.Name, Notes = comparison.Notes,
        Tail = new FittedTail(comparison.Tail.Threshold.Nanoseconds, comparison.Tail.Excesses, comparison.Tail.IsFitted),
        Depths = [.. comparison.Depths.Select(comparison.Depth).Select(Depth.Of)],
    };

    public sealed record Outcome
    {
        public required string Name { get; init; }

        [Description("What the change costs.")]
        public required DesignNeeds Needs { get; init; }

        [Description("The scenario's keys that are different.")]
        public required IReadOnlyList<string> Keys { get; init; }

        [Description("Chunks that did not reach the reader whole.")]
        public required long Lost { get; init; }

        public required double LostPerDay { get; init; }

        [Description("The lower limit of 95 % confidence.")]
        public required double LostPerDayLow { get; init; }

        [Description("The upper limit of 95 % confidence.")]
        public required double LostPerDayHigh { get; init; }

        [Description("The longest wait of the driver's DPC.")]
        public required long WorstNs { get; init; }

        [Description("What was left of the buffer's time at the worst wait; negative if it was not enough, null if it is not known.")]
        public required long? MarginNs { get; init; }

        public required double ReadsPerInterrupt { get; init; }

        [Description("If what is rare was made to occur often, what it comes to; else null.")]
        public required RareFigures? Rare { get; init; }

        [Description("Seeds, or occurrences of what is rare, that were better with the change.")]
        public required int Better { get; init; }

        [Description("The opposite.")]
        public required int Worse { get; init; }

        public required IReadOnlyList<Run> Runs { get; init; }

        internal static Outcome Of(DesignOutcome outcome) => new()
        {
            Name = outcome.Change.Name, Needs = outcome.Change.Needs, Keys = [.. outcome.Change.Keys.Select(key => key.ToString())],
            Lost = outcome.Lost, LostPerDay = outcome.LossRate.PerDay, LostPerDayLow = outcome.LossRate.Low,
            LostPerDayHigh = outcome.LossRate.High, WorstNs = outcome.Worst.Nanoseconds, MarginNs = outcome.Margin?.Nanoseconds,
            ReadsPerInterrupt = outcome.ReadsPerInterrupt, Rare = outcome.Rare is { } rare ? RareFigures.Of(rare) : null,
            Better = outcome.Better, Worse = outcome.Worse,
            Runs = [.. outcome.Runs.Select(run => new Run(run.Seed, run.Lost, run.Worst.Nanoseconds, run.Interrupts, run.RegisterReads))],
        };
    }

    public sealed record Run(ulong Seed, long Lost, long WorstNs, long Interrupts, long RegisterReads);

    public sealed record Refusal(string Name, string Refused);

    public sealed record FittedTail(
        long ThresholdNs,
        [property: Description("Waits above the threshold.")] int Excesses,
        bool IsFitted);

    public sealed record Depth(
        int Slots,
        [property: Description("Slots times the time from chunk to chunk.")] long LastsNs,
        [property: Description("Waits a day that are longer.")] double PerDay,
        [property: Description("The lower limit of 95 % confidence, a day.")] double Low,
        [property: Description("The upper limit of 95 % confidence, a day.")] double High,
        DepthBasis Basis)
    {
        internal static Depth Of(DepthEstimate estimate) => new(
            estimate.Slots, estimate.Lasts.Nanoseconds, estimate.Rate.PerDay, estimate.Rate.Low, estimate.Rate.High, estimate.Basis);
    }
}
