using System.CommandLine;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Import;
using Pcie.Diagnosis.Trace;
using Pcie.Host.Run;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emu.Commands;

/// <summary><c>emu explain</c>: what delayed each late DPC, in our own trace or in a recording of a real machine.</summary>
internal static class ExplainCommand
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private const int MostOverruns = 5;

    private static ReadOnlySpan<byte> OwnMagic => "PCIETRC\0"u8;

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
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        var command = new Command("explain", "Say what delayed each late DPC in a trace, ours or a real machine's.") { file, worst, dpc, isr, ts, evidence, json };
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
            var explanation = IsOurs(path) ? OfTrace(path, options) : OfRecording(path, options, parsed.GetValue(ts), stopping);
            if (parsed.GetValue(dpc) is { } asked && !explanation.Attribution.Dpcs.Contains(asked))
                throw new FormatException($"--dpc {asked}: nothing of that name ran. There are: {string.Join(", ", explanation.Attribution.Dpcs)}.");
            Console.Write(parsed.GetValue(json)
                ? JsonSerializer.Serialize(Figures(explanation, parsed.GetValue(evidence)), Readable) + "\n" : Text(explanation, parsed.GetValue(evidence)));
            return ExitStatus.Success;
        });
        return command;
    }

    private static bool IsOurs(string path)
    {
        using var stream = Open(path);
        Span<byte> head = stackalloc byte[8];
        try
        {
            return stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head.SequenceEqual(OwnMagic);
        }
        catch (InvalidDataException)
        {
            // Damaged gzip: the importer says so.
            return false;
        }
    }

    private static Stream Open(string path)
    {
        var raw = File.OpenRead(path);
        var gzip = raw.ReadByte() == 0x1F && raw.ReadByte() == 0x8B;
        raw.Position = 0;
        return gzip ? new GZipStream(raw, CompressionMode.Decompress) : raw;
    }

    private static Explanation OfTrace(string path, AttributionOptions options)
    {
        TraceRecording recording;
        using (var stream = new BufferedStream(Open(path), 1 << 16))
        {
            try
            {
                recording = TraceFile.Read(stream);
            }
            catch (InvalidDataException e)
            {
                throw new FormatException($"{Path.GetFileName(path)}: {e.Message}");
            }
        }
        var facts = StreamFacts.Of(recording);
        var attribution = new WaitAttribution(options with
        {
            Dpc = options.Dpc ?? TraceIntervals.IsOfDevice, FromIsrEnd = true, Wanted = [.. facts.Overruns.Select(overrun => overrun.At)],
        });
        var telling = TraceIntervals.Tell(recording, attribution);
        if (telling.Incomplete > 0) attribution.Lost(telling.Incomplete, "begin or end is not in the trace");
        return new Explanation(Path.GetFileName(path), attribution, facts, []);
    }

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
        return new Explanation(Path.GetFileName(path), attribution, null, report.Notes);
    }

    private static string Text(Explanation explanation, bool evidence)
    {
        var (attribution, text) = (explanation.Attribution, new StringBuilder());
        Func<int, string>? names = evidence ? attribution.NameOf : null;
        var culture = CultureInfo.InvariantCulture;
        text.Append(culture, $"recording   {explanation.File}\n");
        foreach (var loss in attribution.Losses) text.Append(culture, $"LOST        {loss}: no verdict can rest on this recording\n");
        foreach (var note in explanation.Notes) text.Append(culture, $"note        {note}\n");
        if (attribution.RunsWithoutRequest > 0) text.Append(culture, $"not used    {attribution.RunsWithoutRequest:#,0} runs whose request is not in the recording\n");
        text.Append(culture, $"\n{"DPC",-24} {"runs",10} {"coalesced",10} {"p50",12} {"p99",12} {"max",12}\n");
        foreach (var s in attribution.Summaries)
            text.Append(culture, $"{s.Source,-24} {s.Runs,10:#,0} {s.Coalesced,10:#,0} {s.Percentile(50),12} {s.Percentile(99),12} {s.Max,12}\n");
        if (explanation.Facts is { } facts)
        {
            foreach (var (chunk, at) in facts.Overruns.Take(MostOverruns)) Overrun(text, explanation, facts, chunk, at, names);
            if (facts.Overruns.Count > MostOverruns) text.Append(culture, $"\n{facts.Overruns.Count - MostOverruns:#,0} more overruns: --json has them all\n");
        }
        foreach (var s in attribution.Summaries)
            foreach (var wait in s.Worst)
            {
                text.Append(culture, $"\n{s.Source} on CPU {wait.Processor}: asked for at {wait.Since}, began {wait.Delay} later{Coalesced(wait)}\n");
                WaitText.Append(text, wait, "  ", names);
            }
        return text.ToString();
    }

    private static void Overrun(StringBuilder text, Explanation explanation, StreamFacts facts, long chunk, SimTime at, Func<int, string>? names)
    {
        var culture = CultureInfo.InvariantCulture;
        text.Append(culture, $"\nOVERRUN     chunk {chunk:#,0} at {at}, before it was copied\n");
        if (explanation.WaitAt(at) is not { } wait)
        {
            text.Append("  No DPC of the driver waited then: the copy came too late by itself, or the ring is too small for what came at once.\n");
            return;
        }
        text.Append(culture, $"  The DPC was not lost: it was queued, and began {wait.Delay} after its ISR, on CPU {wait.Processor}{Coalesced(wait)}.\n");
        WaitText.Append(text, wait, "  ", names);
        if (facts.SlotsFor(wait.Delay, wait.Ended - wait.Began) is > 0 and var slots)
            text.Append(culture, $"  A chunk comes every {facts.Period}: a ring of {slots:#,0} slots outlasts this wait.\n");
    }

    private static string Coalesced(Wait wait) =>
        wait.Coalesced == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", and answered {wait.Coalesced:#,0} more request{(wait.Coalesced == 1 ? "" : "s")}");

    private static object Figures(Explanation explanation, bool evidence)
    {
        var attribution = explanation.Attribution;
        return new
        {
            Recording = explanation.File,
            attribution.Losses,
            explanation.Notes,
            attribution.RunsWithoutRequest,
            Dpcs = attribution.Summaries.Select(s => new
            {
                Name = s.Source, s.Runs, s.Coalesced, P50Ns = s.Percentile(50).Nanoseconds, P99Ns = s.Percentile(99).Nanoseconds,
                MaxNs = s.Max.Nanoseconds, TotalNs = s.Total.Nanoseconds, Worst = s.Worst.Select(One),
            }),
            Overruns = explanation.Facts?.Overruns.Select(overrun => (overrun, Wait: explanation.WaitAt(overrun.At))).Select(o => new
            {
                o.overrun.Chunk, AtNs = o.overrun.At.Nanoseconds,
                Wait = o.Wait is null ? null : One(o.Wait),
                SlotsThatSuffice = o.Wait is null ? (long?)null : explanation.Facts.SlotsFor(o.Wait.Delay, o.Wait.Ended - o.Wait.Began),
            }) ?? [],
        };

        object One(Wait wait) => new
        {
            Dpc = wait.Source, wait.Processor, SinceNs = wait.Since.Nanoseconds, BeganNs = wait.Began.Nanoseconds, DelayNs = wait.Delay.Nanoseconds, wait.Coalesced,
            Shares = wait.Shares.Select(share => new { Kind = share.Kind.ToString(), share.Source, share.Intervals, TimeNs = share.Time.Nanoseconds }),
            Evidence = evidence
                ? wait.Evidence.Select(i => new { Kind = i.Kind.ToString(), Source = attribution.NameOf(i.Source), BeginNs = i.Begin.Nanoseconds, EndNs = i.End.Nanoseconds })
                : null,
        };
    }

    /// <param name="Facts">Of our own trace; null for a recording.</param>
    private sealed record Explanation(string File, WaitAttribution Attribution, StreamFacts? Facts, IReadOnlyList<string> Notes)
    {
        /// <summary>The longest of the waits that cover the time.</summary>
        public Wait? WaitAt(SimTime at) => Attribution.Wanted.Where(wait => wait.Covers(at)).MaxBy(wait => wait.Delay);
    }
}
