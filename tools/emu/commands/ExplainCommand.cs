using System.CommandLine;
using System.Text.Json;
using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Import;
using Pcie.Diagnosis.Report;
using Pcie.Diagnosis.Verdicts;
using Pcie.Host.Run;

namespace Pcie.Emu.Commands;

/// <summary><c>emu explain</c>: what delayed each late DPC, in our own trace or in a recording of a real machine.</summary>
internal static class ExplainCommand
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };

    public static Command Create(CancellationToken stopping)
    {
        var file = new Argument<string>("file") { Description = "A trace of ours (emu run --trace, not CSV), or a recording: ftrace, perf script, xperf -a dumper; gzip or not." };
        var worst = new Option<int>("--worst") { Description = "How many of each DPC's longest waits to explain.", HelpName = "N", DefaultValueFactory = _ => 1 };
        var dpc = new Option<string?>("--dpc") { Description = "Only this DPC or softirq.", HelpName = "NAME" };
        var isr = new Option<string?>("--isr")
        {
            Description = "The ISR that asks for it, in recordings that do not tell requests (xperf); needs --dpc.", HelpName = "NAME",
        };
        var ts = new Option<TimestampMeaning>("--ts") { Description = "xperf: what a TimeStamp is: start, end or detect.", DefaultValueFactory = _ => TimestampMeaning.Detect };
        var evidence = new Option<bool>("--evidence") { Description = "List the intervals that every number was counted from." };
        var report = RunCommand.ReportOption();
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        var command = new Command("explain", "Say what delayed each late DPC in a trace, ours or a real machine's.") { file, worst, dpc, isr, ts, evidence, report, json };
        command.SetAction(parsed =>
        {
            var path = RunCommand.Existing(parsed.GetRequiredValue(file))!;
            var n = parsed.GetValue(worst);
            if (n is < 1 or > 1000) throw new FormatException($"--worst {n}: expected 1 to 1000.");
            if (parsed.GetValue(isr) is not null && parsed.GetValue(dpc) is null) throw new FormatException("--isr needs --dpc: which DPC does it ask for?");
            var options = new AttributionOptions
            {
                Worst = n, Isr = parsed.GetValue(isr), Dpc = parsed.GetValue(dpc) is { } only ? name => name == only : null,
            };
            var explanation = OwnTrace.IsOne(path) ? Explanation.OfTrace(Path.GetFileName(path), OwnTrace.Read(path), options) : OfRecording(path, options, parsed.GetValue(ts), stopping);
            if (parsed.GetValue(dpc) is { } asked && !explanation.Attribution.Dpcs.Contains(asked))
                throw new FormatException($"--dpc {asked}: nothing of that name ran. There are: {string.Join(", ", explanation.Attribution.Dpcs)}.");
            Console.Write(parsed.GetValue(json)
                ? ExplanationFigures.Of(explanation, parsed.GetValue(evidence)).ToJsonString(Readable) + "\n" : ExplanationText.Of(explanation, parsed.GetValue(evidence)));
            if (parsed.GetValue(report) is { } folder) ReportPage.Write(Report(explanation, path), folder);
            return ExitStatus.Success;
        });
        return command;
    }

    // Our trace is read again for its pictures; a recording's evidence has what there is to draw.
    private static ReportContent Report(Explanation explanation, string path) => new(
        explanation.Recording, "", explanation, explanation.Facts is null ? null : OwnTrace.Read(path),
        [.. explanation.Attribution.Summaries.Select(summary => new WaitCounts(summary.Source, [.. summary.Counts]))], null);

    private static Explanation OfRecording(string path, AttributionOptions options, TimestampMeaning timestamps, CancellationToken stopping)
    {
        var importer = RecordingImporter.Open(path, timestamps);
        if (importer.Format == RecordingFormat.LatencyMon)
            throw new FormatException($"{Path.GetFileName(path)} is a LatencyMon report: it has maxima, no times, so no single delay can be explained. "
                + "Record with xperf (docs/recordings.md); emu calibrate can use the report.");
        var windows = importer.Format == RecordingFormat.XperfDumper;
        var attribution = new WaitAttribution(options with { FromIsrEnd = windows });
        var report = RecordingImport.Run(importer, attribution, path, stopping);
        if (windows && options.Isr is null)
            throw new FormatException("This recording does not tell when a DPC was asked for. Name your driver's by --isr and --dpc. "
                + $"ISRs: {string.Join(", ", attribution.Isrs)}. DPCs: {string.Join(", ", attribution.Dpcs)}.");
        return Explanation.OfRecording(Path.GetFileName(path), attribution, report.Notes);
    }
}
