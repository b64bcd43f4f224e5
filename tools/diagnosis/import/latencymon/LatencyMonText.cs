using System.Globalization;
using Pcie.Diagnosis.Import.Results;
using Pcie.Tables;

namespace Pcie.Diagnosis.Import.LatencyMon;

/// <summary>A LatencyMon report in words: what it says, and what it cannot.</summary>
public static class LatencyMonText
{
    /// <param name="notes">What was noticed on reading.</param>
    public static string Of(string name, LatencyMonReport report, IReadOnlyList<string> notes)
    {
        var time = report.MonitoringTime?.ToString() ?? "a time that it does not say";
        var table = TextTable.OfLabels().AddRow("recording", $"{name}, a LatencyMon report: a summary of {time}");
        if (report.HighestInterruptToDpc is { } dpc)
            table.AddRow("DPC", $"at most {dpc} after its interrupt"
                + $"{(report.AverageInterruptToDpc is { } mean ? $", {mean} on average" : "")}: of LatencyMon's own timer");
        if (report.HighestInterruptToProcess is { } process) table.AddRow("thread", $"at most {process} after the interrupt: LatencyMon's own");
        if (report.HighestIsr is { } isr) table.AddRow("longest ISR", $"{isr}{Of(report.HighestIsrDriver)}");
        if (report.HighestDpc is { } longest) table.AddRow("longest DPC", $"{longest}{Of(report.HighestDpcDriver)}");
        Bins("ISRs", report.IsrBins);
        Bins("DPCs", report.DpcBins);
        if (report.IsrPercent is { } isrs) table.AddRow("time in ISRs", Share(isrs));
        if (report.DpcPercent is { } dpcs) table.AddRow("time in DPCs", Share(dpcs));
        foreach (var note in notes) table.AddRow("note", note);
        return table + """

            VERDICT     none: it has maxima and counts and no times, so no single delay can be explained. It measures a timer DPC of its own, not your
                        device's ISR and DPC; the drivers that it names are those to look for in a recording with times.
              would help      a recording with xperf (docs/recordings.md)
              would help      emu calibrate, which makes a scenario's interference of the report: your card's design on a machine like this one

            """;

        string Share(double percent) => string.Create(CultureInfo.InvariantCulture, $"{percent} % of the time of all processors")
            + (report.Processors is { } processors ? $", which are {processors}" : "");

        void Bins(string what, IReadOnlyList<LatencyMonBin> bins)
        {
            if (bins.Count > 0)
                table.AddRow(what, string.Join("; ", bins.Select(bin =>
                    $"{bin.Count:#,0} {(bin.To is { } to ? $"of {bin.From} to {to}" : $"of {bin.From} or more")}")));
        }
    }

    private static string Of(string? driver) => driver is null ? "" : $", of {driver}";
}
