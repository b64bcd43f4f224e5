using System.Text.Json.Nodes;
using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Report;
using Pcie.Diagnosis.Verdicts;
using Pcie.Diagnosis.WhatIf;
using Pcie.DriverModel.Report;
using Pcie.Tables;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emu.Running;

/// <summary>What a run came to, and why: its report with the explanation of its overruns and longest waits.</summary>
public static class ExplainedRun
{
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
        var json = report.ToJson();
        json["explanation"] = JsonOutput.ObjectOf(ExplanationFigures.Of(Of(report, flight), evidence: false));
        return json;
    }

    /// <summary>What a report of it shows.</summary>
    public static ReportContent ToReport(RunReport report, TraceRecording flight, Comparison? comparison = null) => new(
        report.Title.Length > 0 ? report.Title : report.Scenario, RunSummary.Of(report with { Title = "" }, losses: false),
        Of(report, flight), flight,
        [new WaitCounts("the DPC", [.. report.IsrToDpcHistogram.Select(bucket => (new Duration(bucket.UpToNs), bucket.Count))])], comparison);

    public static Explanation Of(RunReport report, TraceRecording flight) =>
        Explanation.OfTrace(report.Scenario, flight, new AttributionOptions { Worst = Explanation.Worst }, ReportedCounts.Of(report));
}
