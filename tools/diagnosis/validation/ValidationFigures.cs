using System.ComponentModel;
using Pcie.Tables;

namespace Pcie.Diagnosis.Validation;

/// <summary>A <see cref="ValidationResult"/> as JSON.</summary>
[JsonForm("validation/2")]
public sealed record ValidationFigures : JsonForm
{
    public required string Recording { get; init; }

    [Description("How much of the recording was calibrated on.")]
    public required long CalibratedNs { get; init; }

    [Description("How much of it was compared with.")]
    public required long HeldOutNs { get; init; }

    [Description("How finely the recording's clock tells time.")]
    public required long ResolutionNs { get; init; }

    [Description("Simulations, each as long as what was held out.")]
    public required int Runs { get; init; }

    [Description("A prediction is right if it is at most so many times too much or too little.")]
    public required double Factor { get; init; }

    [Description("Whether all that were judged are right; false if there was none, or events are missing and nobody knows where.")]
    public required bool Passed { get; init; }

    public required IReadOnlyList<string> Notes { get; init; }

    [Description("The most runs first.")]
    public required IReadOnlyList<SourceWaits> Sources { get; init; }

    public static ValidationFigures Of(ValidationResult result) => new()
    {
        Recording = result.Recording, CalibratedNs = result.Calibrated.Nanoseconds, HeldOutNs = result.HeldOut.Nanoseconds,
        ResolutionNs = result.Resolution.Nanoseconds, Runs = result.Runs, Factor = WaitComparison.Factor, Passed = result.Passed,
        Notes = result.Notes, Sources = [.. result.Sources.Select(SourceWaits.Of)],
    };

    public sealed record SourceWaits
    {
        public required string Source { get; init; }
        public required ushort Processor { get; init; }
        public required long MeasuredRuns { get; init; }
        public required long PredictedRuns { get; init; }

        [Description("In the part that was calibrated on.")]
        public required long CalibratedRuns { get; init; }

        [Description("By name: p50, p90, p99, max.")]
        public required IReadOnlyDictionary<string, Quantile> Quantiles { get; init; }

        [Description("The greatest difference of the two distribution functions, 0 to 1.")]
        public required double KolmogorovSmirnov { get; init; }

        [Description("By how much each wait would have to change, on average, for the one distribution to become the other; null without waits.")]
        public required long? WassersteinNs { get; init; }

        [Description("How far the predicted waits are from those that were calibrated on, the same way; null without waits.")]
        public required double? OwnKolmogorovSmirnov { get; init; }

        public required WaitOutcome Outcome { get; init; }
        public required IReadOnlyList<string> Failures { get; init; }

        [Description("The verdict in words; null if there were too few runs to judge by.")]
        public required string? Verdict { get; init; }

        internal static SourceWaits Of(WaitComparison source) => new()
        {
            Source = source.Source, Processor = source.Processor, MeasuredRuns = source.Measured.Count, PredictedRuns = source.Predicted.Count,
            CalibratedRuns = source.Calibrated.Count, Quantiles = source.Quantiles.ToDictionary(q => q.Name,
                q => new Quantile(q.Measured.Nanoseconds, q.Predicted.Nanoseconds, q.Calibrated.Nanoseconds)),
            KolmogorovSmirnov = source.KolmogorovSmirnov,
            WassersteinNs = source.Predicted.Count == 0 ? null : source.Wasserstein.Nanoseconds,
            OwnKolmogorovSmirnov = source.OwnDistance, Outcome = source.Outcome, Failures = source.Failures,
            Verdict = source.IsJudged ? ValidationText.Verdict(source) : null,
        };
    }

    public sealed record Quantile(
        long MeasuredNs, long PredictedNs, [property: Description("In the part that was calibrated on.")] long CalibratedNs);
}
