using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using Pcie.Diagnosis.Import.Lines;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Machine;
using Pcie.Time;

namespace Pcie.Diagnosis.Import.LatencyMon;

/// <summary>
/// A LatencyMon text report: <c>label: value</c> lines. The µ of its labels may be broken by a wrong encoding, so labels are found by their words;
/// numbers are read when all are known (<see cref="NumberFormat"/>).
/// </summary>
internal sealed partial class LatencyMonImporter(ImportReport report) : ILineImporter
{
    // A report has a few hundred.
    private const int MaxLines = 20_000, MaxProcessors = 4096;

    private readonly LatencyMonReport figures = new();
    private readonly List<(string Label, string Value)> lines = [];
    private readonly Dictionary<string, string> known = new(StringComparer.OrdinalIgnoreCase);
    private NumberFormat numbers = NumberFormat.Of([]);
    private bool any;

    public void Read(ReadOnlySpan<byte> line, bool isUnterminated)
    {
        // This need not be fast. What is no UTF-8 is of a Western European Windows, for whose hard blank between thousands it is read.
        var text = Utf8.IsValid(line) ? Encoding.UTF8.GetString(line) : Encoding.Latin1.GetString(line);
        if (MonitoringTime().Match(text) is { Success: true } time) figures.MonitoringTime = TimeOf(time);
        if (Line().Match(text) is not { Success: true } parts || lines.Count == MaxLines) return;
        var (label, value) = (parts.Groups["label"].Value.TrimEnd(' ', ':'), parts.Groups["value"].Value.Trim(' ', '|'));
        if (!IsFigure(label))
        {
            if (IsUnknown(label, value)) report.Refuse("figure that is not known", line);
            return;
        }
        if (known.TryAdd(label, value)) lines.Add((label, value));
        else if (known[label] != value)
            throw new InvalidDataException($"There are two LatencyMon reports: \"{CleanText.Of(label)}\" is \"{CleanText.Of(known[label])}\" and "
                + $"\"{CleanText.Of(value)}\". Expected one; put each into a file of its own.");
    }

    public void Complete()
    {
        numbers = NumberFormat.Of(lines.Select(line => line.Value));
        foreach (var (label, value) in lines)
            if (TryReadFigure(label, value)) any = true;
        if (!any) throw new InvalidDataException("The LatencyMon report has none of the figures that are read, such as "
            + "\"Highest measured interrupt to DPC latency\"; expected the text of its Stats tab, in English.");
        LatencyMonBins.Order(figures.Isrs, "ISRs", report);
        LatencyMonBins.Order(figures.Dpcs, "DPCs", report);
        if (figures.Processors is null && figures.CpusByNumber.Count > 0) figures.Processors = figures.CpusByNumber.Keys.Max() + 1;
        report.LatencyMon = figures;
        if (numbers.Undecided is { } either) report.Note(NumberFormat.NoteOf(either));
        foreach (var contradiction in LatencyMonContradictions.Of(figures)) report.Note($"The report contradicts itself: {contradiction}");
        report.Note("A LatencyMon report is a summary: it measures a timer DPC of its own and each driver's longest ISR and DPC. "
            + "No single delay can be attributed by it; record with xperf for that.");
    }

    private static bool IsFigure(string label) => Figure().IsMatch(label);

    // Whatever counts or measures ISRs, DPCs or latencies and is none of those that are read, or known to be of no use here.
    private static bool IsUnknown(string label, string value) =>
        char.IsAsciiDigit(value[0]) && OfInterest().IsMatch(label) && !OfNoUse().IsMatch(label);

    private bool TryReadFigure(string label, string value)
    {
        if (Is("Highest measured interrupt to process")) return Set(d => figures.HighestInterruptToProcess = d);
        if (Is("Average measured interrupt to process")) return Set(d => figures.AverageInterruptToProcess = d);
        if (Is("Highest measured interrupt to DPC")) return Set(d => figures.HighestInterruptToDpc = d);
        if (Is("Average measured interrupt to DPC")) return Set(d => figures.AverageInterruptToDpc = d);
        if (Is("Highest ISR routine execution time")) return Set(d => figures.HighestIsr = d);
        if (Is("Highest DPC routine execution time")) return Set(d => figures.HighestDpc = d);
        if (Is("Driver with highest ISR routine")) figures.HighestIsrDriver = DriverOf(value);
        else if (Is("Driver with highest DPC routine")) figures.HighestDpcDriver = DriverOf(value);
        else if (Is("Total time spent in ISRs")) figures.IsrPercent = (double)Number(label, value);
        else if (Is("Total time spent in DPCs")) figures.DpcPercent = (double)Number(label, value);
        else if (Is("Logical processors")) figures.Processors = (int)Math.Clamp(Count(label, value), 1, MaxProcessors);
        else if (Bin().Match(label) is { Success: true } bin) ReadBin(bin, label, value);
        else if (Cpu().Match(label) is { Success: true } cpu) ReadCpu(cpu, label, value);
        else return false;
        return true;

        bool Is(string words) => label.StartsWith(words, StringComparison.OrdinalIgnoreCase);

        bool Set(Action<Duration> set)
        {
            set(Time(label, value));
            return true;
        }
    }

    private void ReadBin(Match bin, string label, string value)
    {
        var bins = bin.Groups["what"].Value is "ISR" or "isr" ? figures.Isrs : figures.Dpcs;
        var (from, to, below) = (bin.Groups["from"], bin.Groups["to"], bin.Groups["below"]);
        var count = Count(label, value);
        bins.Add(below.Success ? new LatencyMonBin(Duration.Zero, Bound(below), count)
            : from.Success ? new LatencyMonBin(Bound(from), Bound(to), count)
            : new LatencyMonBin(Bound(bin.Groups["above"]), null, count));

        Duration Bound(Group bound) => new((long)(Number(label, bound.Value) * 1_000));
    }

    private void ReadCpu(Match found, string label, string value)
    {
        var number = int.Parse(found.Groups["cpu"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
        if (number >= MaxProcessors) return;
        if (!figures.CpusByNumber.TryGetValue(number, out var cpu)) figures.CpusByNumber.Add(number, cpu = new LatencyMonCpu(number));
        var (isIsr, what) = (found.Groups["what"].Value is "ISR" or "isr", found.Groups["figure"].Value.ToUpperInvariant());
        if (what.StartsWith("COUNT", StringComparison.Ordinal))
        {
            if (isIsr) cpu.IsrCount = Count(label, value);
            else cpu.DpcCount = Count(label, value);
        }
        else if (what.StartsWith("HIGHEST", StringComparison.Ordinal))
        {
            if (isIsr) cpu.HighestIsr = Time(label, value);
            else cpu.HighestDpc = Time(label, value);
        }
        else if (isIsr) cpu.TotalIsr = Time(label, value);
        else cpu.TotalDpc = Time(label, value);
    }

    // In the unit that the label gives; microseconds, whatever became of its µ.
    private Duration Time(string label, string value)
    {
        var number = Number(label, value);
        var unit = label.Contains("(s)", StringComparison.Ordinal) ? 1_000_000_000
            : label.Contains("(ms)", StringComparison.Ordinal) ? 1_000_000 : 1_000;
        return number < 1e15m / unit * 1_000 ? new Duration((long)Math.Round(number * unit)) : throw Unreadable(label, value, "a time");
    }

    private long Count(string label, string value) =>
        Number(label, value) is var number && number == Math.Truncate(number) && number < 1e15m ? (long)number
            : throw Unreadable(label, value, "a count");

    private decimal Number(string label, string value) =>
        numbers.TryParse(value, out var number) ? number : throw Unreadable(label, value, "a number");

    // A figure that cannot be read may be the worst of all.
    private static InvalidDataException Unreadable(string label, string value, string expected) =>
        new($"The LatencyMon report's \"{CleanText.Of(label)}\" is \"{CleanText.Of(value)}\"; expected {expected}, "
            + "with decimals and thousands written as in the rest of the report.");

    // "HDAudBus.sys - High Definition Audio Bus Driver, Microsoft Corporation"
    private static string DriverOf(string value) =>
        CleanText.Of(value.IndexOf(" - ", StringComparison.Ordinal) is var at and > 0 ? value[..at] : value);

    private static Duration TimeOf(Match time)
    {
        return Duration.FromSeconds(Part("h") * 3600 + Part("m") * 60 + Part("s"));

        long Part(string name) => long.Parse(time.Groups[name].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    private const RegexOptions Fast = RegexOptions.IgnoreCase | RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    // Some lines have no colon, but blanks up to the column; a table in an issue has bars.
    [GeneratedRegex(@"^[\s|>]*(?<label>[^\s:|][^:|]*?)(:?\s*\|\s*|:\s*|\s{2,})(?<value>[^\s:|].*)$", RegexOptions.CultureInvariant)]
    private static partial Regex Line();

    [GeneratedRegex(@"^(highest measured|average measured|highest (isr|dpc) routine ex|driver with highest (isr|dpc) routine|total time spent in|"
        + @"logical processors|(isr|dpc) count \(execution|cpu \d{1,6} (isr|dpc) )", Fast)]
    private static partial Regex Figure();

    [GeneratedRegex(@"\b(isrs?|dpcs?|latency|latencies)\b", Fast)]
    private static partial Regex OfInterest();

    [GeneratedRegex(@"^(highest reported total|driver with)", Fast)]
    private static partial Regex OfNoUse();

    [GeneratedRegex(@"^(?<what>ISR|DPC) count \(execution time (?:<\s*(?<below>\d[\d.,']{0,11})|(?<from>\d[\d.,']{0,11}) ?[-\u2013] ?"
        + @"(?<to>\d[\d.,']{0,11})|(>=|\u2265|>)\s*(?<above>\d[\d.,']{0,11}))", Fast)]
    private static partial Regex Bin();

    [GeneratedRegex(@"^CPU (?<cpu>\d{1,6}) (?<what>ISR|DPC) (?<figure>count|highest execution|total execution)", Fast)]
    private static partial Regex Cpu();

    [GeneratedRegex(@"analyzing your system for +(?<h>\d{1,4}):(?<m>\d\d):(?<s>\d\d)", Fast)]
    private static partial Regex MonitoringTime();
}
