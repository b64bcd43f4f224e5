using System.Text;
using Pcie.Tables;
using Pcie.Time;

namespace Pcie.Diagnosis.Validation;

/// <summary>A <see cref="ValidationResult"/> as a person reads it.</summary>
public static class ValidationText
{
    public static string Of(ValidationResult result)
    {
        var text = new StringBuilder($"{Extent(result)}\n\n{Table(result)}\n");
        foreach (var source in result.Judged) text.Append(Verdict(source)).Append('\n');
        text.Append(Conclusion(result)).Append('\n');
        foreach (var note in result.Notes) text.Append("note        ").Append(note).Append('\n');
        return text.ToString();
    }

    internal static string Extent(ValidationResult result) =>
        $"{result.Recording}: calibrated on {result.Calibrated} of it, compared with the other {result.HeldOut}; "
        + $"{result.Runs:#,0} simulations as long, to the {result.Resolution} that its clock tells apart";

    /// <summary>A row for what was measured, and one for what was predicted.</summary>
    internal static string Table(ValidationResult result)
    {
        var table = new TextTable().Left("waits of", 28).Left("", 9).Right("runs", 9).Right("p50", 11).Right("p90", 11).Right("p99", 11)
            .Right("max", 11).Right("KS", 6).Right("Wasserstein", 12).AddHeadings();
        foreach (var source in result.Sources)
        {
            var quantiles = source.Quantiles.ToList();
            table.AddRow([NameOf(source), "measured", $"{source.Measured.Count:#,0}", .. quantiles.Select(q => $"{q.Measured}")]);
            table.AddRow(["", "predicted", $"{source.Predicted.Count / Math.Max(1, result.Runs):#,0}",
                .. quantiles.Select(q => $"{q.Predicted}"), $"{source.KolmogorovSmirnov:0.00}",
                source.Predicted.Count == 0 ? "" : $"{source.Wasserstein}"]);
        }
        return table.ToString();
    }

    internal static string Verdict(WaitComparison source) => source.Outcome switch
    {
        WaitOutcome.NoFit => $"NO FIT      {NameOf(source)}: its simulated waits are {source.OwnDistance:0.00} (Kolmogorov-Smirnov) from those "
            + $"that it was calibrated on, where a fit is {WaitComparison.FarthestFit:0.0} at the most"
            + ShapeOf([.. source.Quantiles.Select(q => (q.Calibrated, q.Predicted)).Where(q => q.Calibrated != q.Predicted)])
            + (source.Failures.Count == 0 ? ". That p50, p99 and max are right says nothing" : $". {string.Join("; ", source.Failures)}"),
        WaitOutcome.Right => $"right       {NameOf(source)}: p50, p99 and max are within a factor of {WaitComparison.Factor}",
        _ => $"NOT RIGHT   {NameOf(source)}: {string.Join("; ", source.Failures)}{WhyOf(source)}",
    };

    internal static string Conclusion(ValidationResult result)
    {
        if (!result.IsComplete) return "VERDICT     none: events are missing from the recording, and nobody knows where";
        var (all, right, unfit) = (result.Judged.Count(), Count(WaitOutcome.Right), Count(WaitOutcome.NoFit));
        return all == 0 ? $"VERDICT     nothing waited {WaitComparison.Enough} times or more in the part that was held out, so nothing is judged"
            : $"VERDICT     {right} of {all} sources with {WaitComparison.Enough} waits or more are predicted "
                + $"within a factor of {WaitComparison.Factor}" + (unfit == 0 ? "" : $"; of {unfit} the calibration is no fit");

        int Count(WaitOutcome outcome) => result.Judged.Count(source => source.Outcome == outcome);
    }

    internal static string NameOf(WaitComparison source) => $"{source.Source} on CPU {source.Processor}";

    // What the numbers themselves tell of the reason.
    private static string WhyOf(WaitComparison source)
    {
        var wrong = source.Quantiles.Where(q => source.Failures.Any(failure => failure.StartsWith(q.Name, StringComparison.Ordinal))).ToList();
        if (source.Predicted.Count == 0 || wrong.Count == 0) return "";
        if (source.PartsDiffer)
            return $". The recording's own parts differ as much: in the one that was calibrated on "
                + string.Join(", ", wrong.Select(q => $"{q.Name} was {q.Calibrated}"));
        // What is chance lies among what chance made in the simulations. Of fewer waits a few decide what the 99th percentile is.
        var isChance = source.PredictedMax is [var least, .., var most] && source.Measured.Max >= least && source.Measured.Max <= most;
        var range = isChance ? $" ({source.PredictedMax[0]} to {source.PredictedMax[^1]} in the simulations)" : "";
        var isFew = source.Measured.Count < 10 * WaitComparison.Enough;
        return isChance && wrong is [("max", _, _, _)] ? $". The longest of {source.Measured.Count:#,0} is mostly chance{range}"
            : isChance && isFew && wrong.All(q => q.Name != "p50")
                ? $". Of {source.Measured.Count:#,0} waits the few longest are mostly chance{range}"
            : ShapeOf([.. wrong.Select(q => (q.Measured, q.Predicted))]);
    }

    // Of waits that are not as they should be.
    private static string ShapeOf(IReadOnlyList<(Duration Measured, Duration Predicted)> waits) =>
        waits.All(wait => wait.Predicted < wait.Measured) ? ". What it waited for is not among the calibrated sources (code with interrupts or "
            + "softirqs off, or a thread, which the recording does not tell), or they come together more often than by chance"
        : waits.All(wait => wait.Predicted > wait.Measured)
            ? ". The calibrated sources fall together more often than the recorded ones, which know of each other"
        : ". Its waits have another shape than what the calibrated sources make of it";
}
