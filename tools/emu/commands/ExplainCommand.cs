using System.CommandLine;
using System.Globalization;
using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Import;
using Pcie.Diagnosis.Import.LatencyMon;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Import.Summaries;
using Pcie.Diagnosis.Machine;
using Pcie.Diagnosis.Report;
using Pcie.Diagnosis.Facts;
using Pcie.Diagnosis.Verdicts;
using Pcie.Program;
using Pcie.Scenario;
using Pcie.Tables;
using Pcie.Time;

namespace Pcie.Emu.Commands;

/// <summary><c>emu explain</c>: what delayed each late DPC, in our own trace or in a recording of a real machine.</summary>
internal static class ExplainCommand
{
    public static Command Create(CancellationToken stopping)
    {
        var file = new Argument<string>("file")
        {
            Description = "A trace of ours (emu run --trace, not CSV), or a recording: ftrace, perf script, xperf -a dumper; gzip or not.",
        };
        var worst = new Option<int>("--worst")
        {
            Description = "How many of each DPC's longest waits to show; --json has a hundred.", HelpName = "N", DefaultValueFactory = _ => 1,
        };
        var dpc = new Option<string?>("--dpc") { Description = "Only this DPC or softirq: a name, an image, or with * and ?.", HelpName = "NAME" };
        var isr = new Option<string?>("--isr")
        {
            Description = "The ISR that asks for it, in recordings that do not tell requests (xperf); needs --dpc.", HelpName = "NAME",
        };
        var happening = new Option<string[]>("--event")
        {
            Description = "Explain the wait that each of these events is about, as your driver's Provider/Event for an overrun; needs --dpc.",
                HelpName = "NAME",
        };
        var period = new Option<string?>("--period")
        {
            Description = "A recording of a real machine: the time from chunk to chunk, as in 1ms.", HelpName = "TIME",
        };
        var slots = new Option<long>("--slots") { Description = "The same: slots of your DMA buffer; needs --period.", HelpName = "N" };
        var ts = TimestampOption.Create();
        var clock = ClockRateOption.Create();
        var evidence = new Option<bool>("--evidence") { Description = "List the intervals that every number was counted from." };
        var report = ReportOption.Create();
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        var command = new Command("explain", "Say what delayed each late DPC in a trace, ours or a real machine's.")
        {
            file, worst, dpc, isr, happening, period, slots, ts, clock, evidence, report, json,
        };
        command.SetAction(parsed =>
        {
            var path = RunCommand.Existing(parsed.GetRequiredValue(file))!;
            var n = parsed.GetValue(worst);
            if (n is < 1 or > 1000) throw new FormatException($"--worst {n}: expected 1 to 1000.");
            if (parsed.GetValue(isr) is not null && parsed.GetValue(dpc) is null)
                throw new FormatException("--isr needs --dpc: which DPC does it ask for?");
            var events = parsed.GetValue(happening) ?? [];
            if (events.Length > 0 && parsed.GetValue(dpc) is null) throw new FormatException("--event needs --dpc: whose wait is it about?");
            var options = new AttributionOptions
            {
                Worst = Math.Max(n, Explanation.Worst), ExplainsEvents = events.Length > 0, Isr = Named(parsed.GetValue(isr)),
                    Dpc = Named(parsed.GetValue(dpc)),
            };
            var isOurs = OwnTrace.IsOne(path);
            if (isOurs && (events.Length > 0 || parsed.GetValue(period) is not null || parsed.GetValue(slots) > 0))
                throw new FormatException("--event, --period and --slots are for recordings of real machines: a trace of ours says all that by "
                    + "itself.");
            if (!isOurs && RecordingImporter.Open(path) is { HasTimes: false } summary)
            {
                Console.Write(Summary(summary, path, parsed.GetValue(json), stopping));
                return ExitStatus.Done;
            }
            var explanation = isOurs ? OfTrace(path, options)
                : OfRecording(RecordingImporter.Open(path, parsed.GetValue(ts), events, ClockRateOption.Of(parsed.GetValue(clock))), path, options,
                    StreamOf(parsed.GetValue(period), parsed.GetValue(slots)), stopping);
            if (parsed.GetValue(dpc) is { } asked && !explanation.Attribution.Dpcs.Any(new NamePattern(asked).Fits))
                throw new FormatException($"--dpc {asked}: nothing of that name ran. There are: {string.Join(", ", explanation.Attribution.Dpcs)}.");
            if (!isOurs && parsed.GetValue(isr) is { } asking && !explanation.Attribution.Isrs.Any(new NamePattern(asking).Fits))
                throw new FormatException(
                    $"--isr {asking}: nothing of that name ran. There are: {string.Join(", ", explanation.Attribution.Isrs)}.");
            if (parsed.GetValue(json)) Console.WriteLine(JsonOutput.TextOf(ExplanationFigures.Of(explanation, parsed.GetValue(evidence))));
            else VerdictColours.Write(ExplanationText.Of(explanation, parsed.GetValue(evidence), n));
            ReportOption.Write(parsed.GetValue(report), parsed.GetValue(json), () => Report(explanation, path));
            // A recording of which no wait can be told is explained by nothing.
            return isOurs || explanation.Attribution.Summaries.Count > 0 || explanation.Import!.TimerLatencies.Count > 0 ? ExitStatus.Done
                : ExitStatus.Incomplete;
        });
        return command;
    }

    /// <summary>What a recording of a real machine says of the waits of a DPC.</summary>
    internal static string Explain(string path, string dpc, CancellationToken stopping)
    {
        var options = new AttributionOptions { Worst = Explanation.Worst, Dpc = Named(dpc) };
        var explanation = OfRecording(RecordingImporter.Open(path, TimestampMeaning.Detect, []), path, options, null, stopping);
        return ExplanationText.Of(explanation, evidence: false, shown: 1);
    }

    private static Func<string, bool>? Named(string? pattern) => pattern is null ? null : new NamePattern(pattern).Fits;

    // Our trace is read again for its pictures; a recording's evidence has what there is to draw.
    private static ReportContent Report(Explanation explanation, string path) => new(
        explanation.Recording, "", explanation, explanation.Facts is null ? null : OwnTrace.Read(path),
        [.. explanation.Attribution.Summaries.Select(summary => new WaitCounts(summary.Source, [.. summary.Counts]))], null);

    private static Explanation OfTrace(string path, AttributionOptions options)
    {
        var trace = OwnTrace.Read(path);
        return LongWork.Show(Path.GetFileName(path), () => Explanation.OfTrace(Path.GetFileName(path), trace, options));
    }

    private static Explanation OfRecording(RecordingImporter importer, string path, AttributionOptions options, StreamFacts? stream,
        CancellationToken stopping)
    {
        var windows = importer.Format is RecordingFormat.XperfDumper or RecordingFormat.EtwTable;
        var attribution = new WaitAttribution(options with { FromIsrEnd = windows, FindsSilences = true });
        var report = RecordingImport.Run(importer, attribution, path, stopping);
        if (windows && options.Isr is null)
            throw new FormatException("This recording does not tell when a DPC was asked for. Name your driver's by --isr and --dpc. "
                + $"ISRs: {string.Join(", ", attribution.Isrs)}. DPCs: {string.Join(", ", attribution.Dpcs)}.");
        var none = attribution.Summaries.Count > 0 ? null : NoWait(report, attribution);
        return Explanation.OfRecording(Path.GetFileName(path), attribution,
            [
                .. none is null ? [] : (string[])[none], .. report.TimerLatencies.Select(latency => latency.Value.InWords(latency.Key)),
                .. report.Notes, .. UnreadText.Lines(report),
            ], stream) with { Import = report };
    }

    private static string NoWait(ImportReport report, WaitAttribution attribution)
    {
        var understood = report.NotUnderstood.Count == 0 ? ""
            : string.Create(CultureInfo.InvariantCulture, $" Only {report.Understood:#,0} of {report.Lines:#,0} lines were understood.");
        var why = attribution.HasNamedIsr ? $"no run of the DPC follows an end of the ISR; ISRs: {string.Join(", ", attribution.Isrs)}"
            : !attribution.Dpcs.Any() ? "no run of a DPC or softirq was read"
            : attribution.RunsWithoutRequest > 0 && report.Instants == 0 ? "runs were read, and no request of one (softirq_raise)"
            : "no run was read whose request was read before it, with no events missing in between";
        return $"no wait can be told: {why}.{understood} To have waits, {UnreadText.ToRecord(report.Format)}.";
    }

    private static StreamFacts? StreamOf(string? period, long slots)
    {
        if (slots < 0 || (slots > 0 && period is null))
            throw new FormatException($"--slots {slots}: expected 1 or more, and --period, the time from chunk to chunk.");
        if (period is null) return null;
        if (!Quantity.Duration.TryParse(period, out var time, out var problem))
            throw new FormatException($"--period {period}: {problem}; expected {Quantity.Duration.Expected}.");
        return time > 0 ? new StreamFacts(slots, new Duration(time)) : throw new FormatException($"--period {period}: expected more than nothing.");
    }

    private static string Summary(RecordingImporter importer, string path, bool json, CancellationToken stopping)
    {
        var report = RecordingImport.Run(importer, new WaitAttribution(new AttributionOptions()), path, stopping);
        var name = Path.GetFileName(path);
        if (report.LatencyMon is { } said)
            return json ? JsonOutput.TextOf(LatencyMonFigures.Of(name, report)) + "\n"
                : LatencyMonText.Of(name, said, [.. report.Notes, .. UnreadText.Lines(report)]);
        return json ? JsonOutput.TextOf(SummaryFigures.Of(name, report)) + "\n" : SummaryText.Of(name, report);
    }
}
