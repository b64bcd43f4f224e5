using System.Text.Json;
using System.Text.Json.Nodes;
using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Report;
using Pcie.Diagnosis.Facts;
using Pcie.Diagnosis.Verdicts;
using Pcie.Diagnosis.WhatIf;
using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Report;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emu.Running;

/// <summary>What a run came to, and why: its report with the explanation of its overruns and longest waits.</summary>
public static class ExplainedRun
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private const int OnTheirWay = 4;

    // Below are offsets in configuration space.
    private const long BarWindow = 0x1000;

    /// <summary>Runs two processes, and fetches the recording that the driver model wrote.</summary>
    /// <param name="keep">Where the recording is to stay; null for nowhere.</param>
    public static async Task<(RunReport Report, TraceRecording Flight)> OfTwoProcessesAsync(
        RunRequest request, string? keep, Func<RunRequest, Task<RunReport>> execute)
    {
        var file = keep ?? Path.GetTempFileName();
        try
        {
            var report = await execute(request with { FlightFile = Path.GetFullPath(file) });
            await using var stream = new BufferedStream(File.OpenRead(file), 1 << 16);
            return (report, TraceFile.Read(stream));
        }
        finally
        {
            if (keep is null) File.Delete(file);
        }
    }

    public static string ToText(RunReport report, TraceRecording flight)
    {
        var explained = ExplanationText.OfRun(Of(report, flight));
        return explained.Length == 0 ? RunSummary.Of(report) : $"{RunSummary.Of(report, losses: false)}\n\n{explained}";
    }

    /// <summary>The report's object, with the explanation as one more member.</summary>
    public static JsonObject ToJson(RunReport report, TraceRecording flight)
    {
        var json = JsonNode.Parse(report.ToJsonText())!.AsObject();
        json["explanation"] = ExplanationFigures.Of(Of(report, flight), evidence: false);
        return json;
    }

    /// <summary>An object as the programs print it.</summary>
    public static string ToJsonText(JsonObject json) => json.ToJsonString(Readable);

    /// <summary>What a report of it shows.</summary>
    public static ReportContent ToReport(RunReport report, TraceRecording flight, Comparison? comparison = null) => new(
        report.Title.Length > 0 ? report.Title : report.Scenario, RunSummary.Of(report with { Title = "" }, losses: false),
        Of(report, flight), flight,
        [new WaitCounts("the DPC", [.. report.IsrToDpcHistogram.Select(bucket => (new Duration(bucket.UpToNs), bucket.Count))])], comparison);

    public static Explanation Of(RunReport report, TraceRecording flight) =>
        Explanation.OfTrace(report.Scenario, flight, new AttributionOptions { Worst = Explanation.Worst }, CountsOf(report));

    /// <summary>What the report knows that its flight recording, being of windows only, does not.</summary>
    public static RunCounts CountsOf(RunReport report)
    {
        var interrupts = report.Interrupts;
        var ours = new InterruptCounts(interrupts.Raised, interrupts.Sent, MessagesLost(report),
            (long)report.Card.GetValueOrDefault("faults.msi-delayed"), interrupts.Collapsed - interrupts.CollapsedInApic, interrupts.CollapsedInApic,
            report.Dpc.Coalesced, report.Collapse);
        var counts = report is DaqReport daq
            ? new RunCounts(ours, Fates(daq.Chunks, report.Card), new DesignFacts(daq.Design.RearmPolicy, daq.Design.LastLook, daq.Design.Drain),
                RegisterAt)
            : new RunCounts(ours, new ChunkFates(), null, _ => null);
        return report.Lag.FellBehind ? counts with { FellBehind = new Duration(Math.Max(report.Lag.HostNs, report.Lag.CardNs)) } : counts;
    }

    // Exact where the card counts what faults did to its messages; else one or two may be on their way as the run ends, which is nothing to speak of.
    private static long MessagesLost(RunReport report)
    {
        var lost = (long)report.Card.GetValueOrDefault("faults.msi-dropped");
        var missing = report.Interrupts.Sent - report.Host.Messages;
        return lost > 0 ? lost : report.Card.ContainsKey("faults.msi-dropped") || missing <= OnTheirWay ? 0 : missing;
    }

    private static ChunkFates Fates(ChunkFigures chunks, IReadOnlyDictionary<string, ulong> card)
    {
        var (full, inFifo) = ((long)card.GetValueOrDefault("chunks.dropped.full"), (long)card.GetValueOrDefault("chunks.dropped.fifo-overflow"));
        return new ChunkFates
        {
            Overwritten = chunks.Overwritten, DroppedFull = full, DroppedInFifo = inFifo,
            DroppedStopped = chunks.Dropped - chunks.Refused - full - inFifo, Refused = chunks.Refused, Abandoned = chunks.Abandoned,
            Torn = chunks.Torn, Corrupt = chunks.Corrupt,
        };
    }

    private static string? RegisterAt(long address)
    {
        if (address < BarWindow) return "configuration space";
        using var card = EmulatedCard.InNoSlot(CardDesign.Daq(new DaqCardOptions()));
        return card.Card.Registers.Find((uint)address % card.Card.Registers.Size)?.Name;
    }
}
