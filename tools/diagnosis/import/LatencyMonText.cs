using System.Globalization;
using System.Text;

namespace Pcie.Diagnosis.Import;

/// <summary>A LatencyMon report in words: what it says, and what it cannot.</summary>
public static class LatencyMonText
{
    public static string Of(string name, LatencyMonReport report)
    {
        var text = new StringBuilder();
        Line("recording", $"{name}, a LatencyMon report: a summary of {(report.MonitoringTime is { } time ? time.ToString() : "a time that it does not say")}");
        if (report.HighestInterruptToDpc is { } dpc)
            Line("DPC", $"at most {dpc} after its interrupt{(report.AverageInterruptToDpc is { } mean ? $", {mean} on average" : "")}: of LatencyMon's own timer");
        if (report.HighestInterruptToProcess is { } process) Line("thread", $"at most {process} after the interrupt: LatencyMon's own");
        if (report.HighestIsr is { } isr) Line("longest ISR", $"{isr}{Of(report.HighestIsrDriver)}");
        if (report.HighestDpc is { } longest) Line("longest DPC", $"{longest}{Of(report.HighestDpcDriver)}");
        Bins("ISRs", report.IsrBins);
        Bins("DPCs", report.DpcBins);
        text.Append("""

            VERDICT     none: it has maxima and counts and no times, so no single delay can be explained. It measures a timer DPC of its own, not your device's
                        ISR and DPC; the drivers that it names are those to look for in a recording with times.
              would help      a recording with xperf (docs/recordings.md)
              would help      emu calibrate, which makes a scenario's interference of the report: your card's design on a machine like this one

            """);
        return text.ToString();

        void Line(string what, FormattableString words) => text.Append(CultureInfo.InvariantCulture, $"{what,-11} {words.ToString(CultureInfo.InvariantCulture)}\n");

        void Bins(string what, IReadOnlyList<LatencyMonBin> bins)
        {
            if (bins.Count > 0)
                Line(what, $"{string.Join("; ", bins.Select(bin => string.Create(CultureInfo.InvariantCulture,
                    $"{bin.Count:#,0} {(bin.To is { } to ? $"of {bin.From} to {to}" : $"of {bin.From} or more")}")))}");
        }
    }

    private static string Of(string? driver) => driver is null ? "" : $", of {driver}";
}
