using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Pcie.Diagnosis.Import.Lines;
using Pcie.Diagnosis.Import.Results;
using Pcie.Time;

namespace Pcie.Diagnosis.Import.LatencyMon;

/// <summary>
/// A LatencyMon text report: <c>label: value</c> lines. The µ of its labels may be broken by a wrong encoding, and the decimal sign may be
/// a comma: labels are found by their words, numbers with either sign.
/// </summary>
internal sealed partial class LatencyMonImporter(ImportReport report) : ILineImporter
{
    private const int MaxBins = 1000;

    private readonly LatencyMonReport figures = new();
    private bool any;

    public void Read(ReadOnlySpan<byte> line, bool isUnterminated)
    {
        // A report has a few hundred lines; this need not be fast.
        var text = Encoding.UTF8.GetString(line);
        if (MonitoringTime().Match(text) is { Success: true } time) figures.MonitoringTime = TimeOf(time);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0) return;
        var label = text[..colon].Trim();
        var value = text[(colon + 1)..].Trim();
        if (label.Length == 0 || value.Length == 0) return;
        if (TryReadFigure(label, value)) any = true;
    }

    public void Complete()
    {
        if (!any) throw new InvalidDataException("The LatencyMon report has none of the figures that are read, such as "
            + "\"Highest measured interrupt to DPC latency\"; expected the text of its Stats tab, in English.");
        report.LatencyMon = figures;
        report.Note("A LatencyMon report is a summary: it measures a timer DPC of its own and each driver's longest ISR and DPC. "
            + "No single delay can be attributed by it; record with xperf for that.");
    }

    private bool TryReadFigure(string label, string value)
    {
        if (Is("Highest measured interrupt to process")) return Set(value, d => figures.HighestInterruptToProcess = d);
        if (Is("Highest measured interrupt to DPC")) return Set(value, d => figures.HighestInterruptToDpc = d);
        if (Is("Average measured interrupt to DPC")) return Set(value, d => figures.AverageInterruptToDpc = d);
        if (Is("Highest ISR routine execution time")) return Set(value, d => figures.HighestIsr = d);
        if (Is("Highest DPC routine execution time")) return Set(value, d => figures.HighestDpc = d);
        if (Is("Driver with highest ISR routine"))
        {
            figures.HighestIsrDriver = DriverOf(value);
            return true;
        }
        if (Is("Driver with highest DPC routine"))
        {
            figures.HighestDpcDriver = DriverOf(value);
            return true;
        }

        bool Is(string words) => label.StartsWith(words, StringComparison.OrdinalIgnoreCase);

        return Bin().Match(label) is { Success: true } bin && TryReadBin(bin, value);
    }

    private bool TryReadBin(Match bin, string value)
    {
        if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            report.Skip("number not readable");
            return false;
        }
        var bins = bin.Groups["what"].Value is "ISR" or "isr" ? figures.Isrs : figures.Dpcs;
        var bounds = (From: bin.Groups["from"], To: bin.Groups["to"], Below: bin.Groups["below"], Above: bin.Groups["above"]);
        if (bins.Count == MaxBins)
        {
            report.Skip("more bins than a report has");
            return false;
        }
        bins.Add(bounds.Below.Success ? new LatencyMonBin(Duration.Zero, Microseconds(bounds.Below), count)
            : bounds.Above.Success ? new LatencyMonBin(Microseconds(bounds.Above), null, count)
            : new LatencyMonBin(Microseconds(bounds.From), Microseconds(bounds.To), count));
        return true;
    }

    private bool Set(string value, Action<Duration> set)
    {
        if (decimal.TryParse(value.Replace(',', '.'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var microseconds)
            && microseconds < 1e12m)
        {
            set(new Duration((long)(microseconds * 1_000)));
            return true;
        }
        report.Skip("number not readable");
        return false;
    }

    // "HDAudBus.sys - High Definition Audio Bus Driver, Microsoft Corporation"
    private static string DriverOf(string value) => value.IndexOf(" - ", StringComparison.Ordinal) is var at and > 0 ? value[..at] : value;

    private static Duration Microseconds(Group number) =>
        Duration.FromMicroseconds(long.Parse(number.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture));

    private static Duration TimeOf(Match time)
    {
        return Duration.FromSeconds(Part("h") * 3600 + Part("m") * 60 + Part("s"));

        long Part(string name) => long.Parse(time.Groups[name].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^(?<what>ISR|DPC) count \(execution time (?:<\s*(?<below>\d{1,9})|(?<from>\d{1,9})-(?<to>\d{1,9})|>=?\s*(?<above>\d{1,9}))\b",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Bin();

    [GeneratedRegex(@"analyzing your system for +(?<h>\d{1,4}):(?<m>\d\d):(?<s>\d\d)", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex MonitoringTime();
}
