using Pcie.Diagnosis.Rates;
using Pcie.Time;

namespace Pcie.Diagnosis.WhatIf;

/// <summary>A design beside its changes, over the same seeds: same draws of everything that a change does not touch.</summary>
/// <param name="Scenario">Its name.</param>
/// <param name="AsItIs">The design without any change.</param>
/// <param name="Ranked">The changes, the best first: least lost, then the widest margin, then the cheapest.</param>
/// <param name="NotRun">Changes that do not apply, or were refused.</param>
public sealed record Comparison(
    string Scenario, DesignOutcome AsItIs, IReadOnlyList<DesignOutcome> Ranked, IReadOnlyList<DesignOutcome> NotRun)
{
    private static readonly int[] UsualDepths = [1, 2, 4, 8, 16, 32, 64];

    /// <summary>Slots of a DMA buffer that are worth knowing about, the design's own among them.</summary>
    public IReadOnlyList<int> Depths => OwnDepth is > 0 and var own ? [.. UsualDepths.Append(own).Distinct().Order()] : UsualDepths;

    /// <summary>Slots of the design as it is; 0 if that is not known.</summary>
    public int OwnDepth => AsItIs.Runs is [{ Period: { Nanoseconds: > 0 } period, Deadline: var deadline }, ..]
        ? (int)Math.Round((double)deadline.Nanoseconds / period.Nanoseconds) : 0;

    /// <summary>How rare things were made to occur; null if the scenario was run as it is.</summary>
    public RareSetting? Rare { get; init; }

    /// <summary>What a reader has to know besides: what was done another way, and why.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>
    /// The cheapest change that cures: with which nothing was lost, or, if rare things were made to occur, less than the precision that was asked for
    /// for sure. Of several the one of the fewest keys, and of slots the fewest; null if there is none, or nothing was lost anyway.
    /// </summary>
    public DesignOutcome? Cheapest => AsItIs.Lost == 0 ? null
        : Ranked.Where(IsCured).MinBy(outcome => (outcome.Change.Needs, outcome.Change.Keys.Count, outcome.Change.Slots));

    /// <summary>The tail of the waits of the design as it is.</summary>
    public TailModel Tail { get; } = TailModel.Of(AsItIs.Runs.Select(run => run.Waits), AsItIs.Simulated);

    /// <param name="designs">Each change with its runs, in the order of the seeds, or with the reason why it has none.</param>
    public static Comparison Of(string scenario, IReadOnlyList<DesignRun> asItIs,
        IEnumerable<(DesignChange Change, string? Refused, IReadOnlyList<DesignRun> Runs)> designs, RareSetting? rare = null)
    {
        var own = new DesignOutcome(DesignChange.None, null, asItIs, 0, 0) { Rare = EstimateOf(asItIs, null) };
        var outcomes = designs.Select(design => Beside(new DesignOutcome(design.Change, design.Refused, design.Runs, 0, 0)
        {
            Rare = EstimateOf(design.Runs, own.Rare),
        })).ToList();
        return new Comparison(
            scenario,
            own,
            [.. outcomes.Where(outcome => outcome.Refused is null).OrderBy(outcome => outcome.LossRate.PerDay)
                .ThenByDescending(outcome => outcome.Margin?.Nanoseconds ?? long.MinValue).ThenBy(outcome => outcome.Change.Needs)],
            [.. outcomes.Where(outcome => outcome.Refused is not null)])
        {
            Rare = rare,
        };

        // A design that has to be run as it is has no samples.
        RareEstimate? EstimateOf(IReadOnlyList<DesignRun> runs, RareEstimate? beside) =>
            rare is null || runs.Count == 0 || runs.Any(run => run.Rare is null) ? null
                : RareEstimate.Of(rare, [.. runs.Select(run => run.Rare!)], runs[0].Deadline, beside);

        DesignOutcome Beside(DesignOutcome outcome) => outcome.Rare is { } one && own.Rare is { } other
            ? outcome with { Better = one.Against(other).Better, Worse = one.Against(other).Worse }
            : outcome with
            {
                Better = outcome.Runs.Zip(asItIs).Count(pair => Compare(pair.First, pair.Second) < 0),
                Worse = outcome.Runs.Zip(asItIs).Count(pair => Compare(pair.First, pair.Second) > 0),
            };
    }

    /// <summary>Whether the time from chunk to chunk is known, and with it how long a DMA buffer lasts.</summary>
    public bool KnowsDepth => AsItIs.Runs.Count > 0 && AsItIs.Runs[0].Period > Duration.Zero;

    /// <summary>What a DMA buffer of so many slots would lose, from the waits of the design as it is.</summary>
    public DepthEstimate Depth(int slots)
    {
        var period = AsItIs.Runs.Count == 0 ? Duration.Zero : AsItIs.Runs[0].Period;
        var lasts = new Duration(slots * period.Nanoseconds);
        if (AsItIs.Rare is { } rare)
            return rare.Longer(lasts) is { Seen: > 0, Rate: var longer } ? new DepthEstimate(slots, lasts, longer, DepthBasis.Counted)
                : new DepthEstimate(slots, lasts, rare.Longer(lasts).Rate, DepthBasis.NoneSeen);
        var seen = AsItIs.Runs.Sum(run => run.Waits.Count(wait => wait > lasts));
        // A fit that ends below has no upper limit to give.
        return seen == 0 && Tail.IsFitted && Tail.Beyond(lasts) is { High: > 0 } fitted
            ? new DepthEstimate(slots, lasts, fitted, DepthBasis.Fitted)
            : new DepthEstimate(slots, lasts, LossRate.Of(seen, AsItIs.Simulated), seen > 0 ? DepthBasis.Counted : DepthBasis.NoneSeen);
    }

    private bool IsCured(DesignOutcome outcome) => outcome.Rare is { } rare ? rare.Total.High <= Rare!.Precision : outcome.Lost == 0;

    private static int Compare(DesignRun a, DesignRun b) => a.Lost != b.Lost ? a.Lost.CompareTo(b.Lost) : a.Worst.CompareTo(b.Worst);
}
