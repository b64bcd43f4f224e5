using Pcie.Diagnosis.Rates;
using Pcie.Time;

namespace Pcie.Diagnosis.WhatIf;

/// <summary>What a design came to over all seeds; or why it could not be run.</summary>
/// <param name="Refused">Why not; null if it ran.</param>
/// <param name="Runs">By seed.</param>
/// <param name="Better">Seeds with less lost than the design as it is, or the same with a shorter worst wait; if rare things were made to occur,
/// occurrences with less lost.</param>
/// <param name="Worse">The opposite; in what is left there is no difference.</param>
public sealed record DesignOutcome(DesignChange Change, string? Refused, IReadOnlyList<DesignRun> Runs, int Better, int Worse)
{
    public Duration Simulated => new(Runs.Sum(run => run.Simulated.Nanoseconds));
    public long Lost => Runs.Sum(run => run.Lost);

    /// <summary>If rare things were made to occur often: what it comes to. Null if the scenario was run as it is.</summary>
    public RareEstimate? Rare { get; init; }

    public LossRate LossRate => Rare?.Total ?? LossRate.Of(Lost, Simulated);

    public Duration Worst => Runs.Count == 0 ? Duration.Zero : Runs.Max(run => run.Worst);

    /// <summary>What was left of the buffer's time at the worst wait; negative if it was not enough. Null if it is not known.</summary>
    public Duration? Margin => Runs.Count == 0 || Runs.Any(run => run.Deadline == Duration.Zero || run.Waits.Count == 0) ? null
        : new Duration(Runs.Min(run => (run.Deadline - run.Waits[0]).Nanoseconds));

    /// <summary>Register reads for each ISR.</summary>
    public double ReadsPerInterrupt =>
        Runs.Sum(run => run.Interrupts) is > 0 and var interrupts ? (double)Runs.Sum(run => run.RegisterReads) / interrupts : 0;
}
