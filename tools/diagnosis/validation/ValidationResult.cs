using Pcie.Time;

namespace Pcie.Diagnosis.Validation;

/// <summary>Whether a machine that was calibrated on one part of a recording waits as the other part of it did.</summary>
/// <param name="Recording">Its file's name.</param>
/// <param name="Calibrated">Of this much of it.</param>
/// <param name="HeldOut">Against this much of it.</param>
/// <param name="Runs">Simulations, each as long as what was held out.</param>
/// <param name="Sources">The most runs first.</param>
/// <param name="Notes">What limits it, for a person.</param>
/// <param name="IsComplete">Whether no events are missing of which nobody knows where.</param>
public sealed record ValidationResult(
    string Recording, Duration Calibrated, Duration HeldOut, Duration Resolution, int Runs, IReadOnlyList<WaitComparison> Sources,
    IReadOnlyList<string> Notes, bool IsComplete)
{
    public IEnumerable<WaitComparison> Judged => Sources.Where(source => source.IsJudged);

    /// <summary>Whether all that were judged are right; false if there was none, or no verdict can rest on the recording.</summary>
    public bool Passed => IsComplete && Judged.Any() && Judged.All(source => source.Outcome == WaitOutcome.Right);
}
