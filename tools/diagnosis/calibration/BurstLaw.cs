using Pcie.Time;

namespace Pcie.Diagnosis.Calibration;

/// <summary>How a source comes in bursts: short intervals follow each other more often than by chance.</summary>
/// <param name="Shorter">An interval within a burst is shorter than this one.</param>
/// <param name="Begins">How often a short interval follows a long one, 0 to 1.</param>
/// <param name="GoesOn">How often a short one follows a short one, 0 to 1.</param>
public sealed record BurstLaw(Duration Shorter, double Begins, double GoesOn);
