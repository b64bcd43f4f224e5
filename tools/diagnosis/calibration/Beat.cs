using Pcie.Diagnosis.Machine;
using Pcie.Time;

namespace Pcie.Diagnosis.Calibration;

/// <summary>When a source comes that keeps step with others: so long after each multiple of a period that all of them have.</summary>
/// <param name="Chance">At how many of the multiples it comes, 0 to 1: a processor that sleeps leaves ticks out.</param>
public sealed record Beat(Duration Period, double Chance)
{
    /// <summary>How long after. Computed anew with each call.</summary>
    public QuantileFit FitPhases() => QuantileFit.Of(Phases);

    internal TimeCounts Phases { get; init; } = new();
}
