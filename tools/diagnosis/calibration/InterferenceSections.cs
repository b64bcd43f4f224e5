using System.Globalization;
using System.Text;
using Pcie.Diagnosis.Import.Results;
using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Diagnosis.Calibration;

/// <summary>
/// Writes measured sources as a scenario's <c>[[host.interference]]</c> sections: each distribution as the quantiles that were measured, with
/// how well it fits in a comment.
/// </summary>
public static class InterferenceSections
{
    /// <summary>As many sources as a scenario may have.</summary>
    public const int MaxSources = 100;

    // What a scenario can say.
    private static readonly IntervalKind[] Kinds = [IntervalKind.Isr, IntervalKind.Dpc, IntervalKind.TimerDpc, IntervalKind.ThreadedDpc];

    /// <summary>Those that are written; the others are named in a comment.</summary>
    public static IReadOnlyList<SourceMeasurement> Written(IReadOnlyList<SourceMeasurement> sources) =>
        [.. sources.Where(s => Kinds.Contains(s.Kind)).Take(MaxSources)];

    public static string NameOf(SourceMeasurement source) => $"{source.Name} {WordOf(source.Kind)} cpu{source.Processor}";

    /// <summary>Of a recording.</summary>
    /// <param name="sources">As <see cref="MachineMeasurement.Close"/> gives them.</param>
    /// <param name="origin">The recording's name, for the head.</param>
    public static string Of(MachineMeasurement machine, IReadOnlyList<SourceMeasurement> sources, string origin)
    {
        var text = new StringBuilder();
        var written = Written(sources);
        Comment(text, $"Calibrated from {origin}: {machine.Length} of {machine.Processors} processors, {written.Count} sources. "
            + "The comments give measured");
        Comment(text, "values and, as KS, the greatest difference of measured and fitted distribution functions. "
            + "Each source draws for itself: bursts");
        Comment(text, "across sources, and which ISR queues which DPC, are not in it; the recording played back (--playback) has them.");
        foreach (var loss in machine.Losses) Comment(text, $"NOT COMPLETE: {loss}");
        foreach (var source in sources.Except(written)) Comment(text, $"left out: {source.Count} x {NameOf(source)}, {source.Busy} in all");
        text.Append(CultureInfo.InvariantCulture, $"\n[host]\nprocessors = {Math.Clamp(machine.Processors, 1, 64)}\n");
        foreach (var source in written) Append(text, source);
        return text.ToString();
    }

    /// <summary>
    /// Of a LatencyMon report. It knows counts by bins and maxima, not when: intervals are taken to be independent of each other (exponential),
    /// durations even within a bin.
    /// </summary>
    /// <exception cref="InvalidDataException">It has neither bins nor a time for which it ran.</exception>
    public static string Of(LatencyMonReport report, string origin)
    {
        if (report.MonitoringTime is not { } time || report.IsrBins.Count + report.DpcBins.Count == 0)
            throw new InvalidDataException($"{origin}: to calibrate, a LatencyMon report must say for how long it has been analyzing the system, and "
                + "count ISRs or DPCs by execution time. Expected the whole text of its Stats tab.");
        var text = new StringBuilder();
        Comment(text, $"Calibrated from {origin}, a LatencyMon report over {time}. "
            + "It says how many ISRs and DPCs took how long, not whose nor when:");
        Comment(text, "a summary for a first impression. Bins are even within themselves, occurrences independent of each other.");
        Append(text, "isr", report.IsrBins, report.HighestIsr, report.HighestIsrDriver, time);
        Append(text, "dpc", report.DpcBins, report.HighestDpc, report.HighestDpcDriver, time);
        return text.ToString();
    }

    private static void Append(StringBuilder text, SourceMeasurement source)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n[[host.interference]]\nname = {Quoted(NameOf(source))}\nprocessor = {source.Processor}\n");
        Append(text, "interval", source.Intervals);
        Append(text, source.Kind switch { IntervalKind.Isr => "isr", IntervalKind.ThreadedDpc => "thread", _ => "dpc" }, source.Durations);
    }

    private static void Append(StringBuilder text, string key, HdrHistogram.HistogramBase measured)
    {
        var fit = QuantileFit.Of(measured);
        Comment(text, $"{measured.TotalCount} measured: mean {fit.MeasuredMean} (fitted {fit.FittedMean}), "
            + $"p50 {At(50)}, p99 {At(99)}, p99.9 {At(99.9)}, max {At(100)}; KS {fit.Distance:0.000}");
        var quantiles = string.Join(", ", fit.Quantiles.Select(q => $"\"{q.Nanoseconds}ns\""));
        text.Append(CultureInfo.InvariantCulture, $"{key} = {{ quantiles = [{quantiles}] }}\n");

        Duration At(double percentile) => new(measured.GetValueAtPercentile(percentile));
    }

    // A source for each bin that is not empty; the last bin, which is open, reaches to the highest that was measured.
    private static void Append(StringBuilder text, string key, IReadOnlyList<LatencyMonBin> bins, Duration? highest, string? driver, Duration time)
    {
        foreach (var bin in bins)
        {
            if (bin.Count == 0) continue;
            var to = bin.To ?? highest ?? bin.From;
            if (highest is { } most && most < to) to = most;
            if (to < bin.From) to = bin.From;
            text.Append(CultureInfo.InvariantCulture, $"\n[[host.interference]]\nname = {Quoted($"{key} of {bin.From} or more")}\n");
            if (bin.To is null && driver is not null) Comment(text, $"the longest was of {driver}");
            text.Append(CultureInfo.InvariantCulture, $"interval = {{ exponential = \"{Math.Max(1, time.Nanoseconds / bin.Count)}ns\" }}\n");
            text.Append(CultureInfo.InvariantCulture, $"{key} = {{ uniform = [\"{bin.From.Nanoseconds}ns\", \"{to.Nanoseconds}ns\"] }}\n");
        }
    }

    // One line, whatever is in a name.
    private static void Comment(StringBuilder text, string words) =>
        text.Append("# ").Append([.. words.Select(c => char.IsControl(c) ? ' ' : c)]).Append('\n');

    private static string Quoted(string name)
    {
        var text = new StringBuilder("\"");
        foreach (var c in name)
        {
            if (c is '"' or '\\') text.Append('\\');
            text.Append(char.IsControl(c) || char.IsSurrogate(c) ? '?' : c);
        }
        return text.Append('"').ToString();
    }

    private static string WordOf(IntervalKind kind) => kind switch
    {
        IntervalKind.Isr => "ISR",
        IntervalKind.Dpc => "DPC",
        IntervalKind.TimerDpc => "timer DPC",
        IntervalKind.ThreadedDpc => "threaded",
        IntervalKind.RaisedIrql => "raised IRQL",
        _ => kind.ToString(),
    };
}
