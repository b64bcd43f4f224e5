using System.CommandLine;
using System.Globalization;
using Pcie.Diagnosis.Calibration;
using Pcie.Diagnosis.Import;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Machine;
using Pcie.Program;
using Pcie.Tables;

namespace Pcie.Emu.Commands;

/// <summary><c>emu calibrate</c>: makes interference for a scenario from a recording of a real machine.</summary>
internal static class CalibrateCommand
{
    public static Command Create(CancellationToken stopping)
    {
        var file = new Argument<string>("file")
        {
            Description = "A recording: ftrace, perf script, xperf -a dumper or LatencyMon text; gzip or not.",
        };
        var output = new Option<string?>("--out", "-o")
        {
            Description = "Write the [[host.interference]] sections to this file.", HelpName = "PATH",
        }.AcceptWritableFilesOnly();
        var playback = new Option<string?>("--playback")
        {
            Description = "Write the recording itself to this file, to be played back.", HelpName = "PATH",
        }.AcceptWritableFilesOnly();
        var ts = TimestampOption.Create();
        var clock = ClockRateOption.Create();
        var without = new Option<string[]>("--without")
        {
            Description = "Leave these out: your own driver, which the run has as its driver under study. An image (card.sys) stands for all of its "
                + "functions, * and ? for anything.",
            HelpName = "NAME",
        };
        var json = new Option<bool>("--json") { Description = "Print the measurements as one JSON object and nothing else." };
        var command = new Command("calibrate", "Make a scenario's interference from a recording of a real machine.")
        {
            file, output, playback, without, ts, clock, json,
        };
        command.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(file);
            var importer = RecordingImporter.Open(RunCommand.Existing(path)!, parsed.GetValue(ts),
                clockRate: ClockRateOption.Of(parsed.GetValue(clock)));
            var machine = new MachineMeasurement();
            var report = RecordingImport.Run(importer, machine, path, stopping);
            var all = machine.Close();
            var patterns = (parsed.GetValue(without) ?? []).Select(pattern => new NamePattern(pattern)).ToList();
            var sources = Wanted(all, patterns, report);
            var load = report.LatencyMon is { } figures ? LatencyMonLoad.Of(figures, Path.GetFileName(path)) : null;
            if (load is null && !importer.HasTimes)
                throw new InvalidDataException($"{Path.GetFileName(path)} is a summary ({report.Format}): it does not say when what came, nor how "
                    + $"each of them took its time, of which interference could be made. To calibrate, {UnreadText.ToRecord(report.Format)}.");
            if (load is null && sources.Count == 0)
                throw new InvalidDataException($"{Path.GetFileName(path)}: nothing was read that has a beginning and an end, so there is nothing to "
                    + $"calibrate{(all.Count > 0 ? " without what --without leaves out" : "")}. {UnreadText.ToRecord(report.Format)}.");
            var sections = load is not null ? InterferenceSections.Of(load, Path.GetFileName(path), report.Notes)
                : InterferenceSections.Of(machine, sources, Path.GetFileName(path), [.. all.Except(sources)]);
            if (parsed.GetValue(output) is { } to) File.WriteAllText(to, sections);
            if (parsed.GetValue(playback) is { } recording) WritePlayback(importer, recording, path, patterns, stopping);
            if (parsed.GetValue(json))
                Console.WriteLine(JsonOutput.TextOf(load is null ? CalibrationFigures.Of(report, machine, sources)
                    : CalibrationFigures.Of(report, machine, load)));
            else Print(report, machine, sources, all.Count - sources.Count, load);
            if (!parsed.GetValue(json) && parsed.GetValue(output) is null && parsed.GetValue(playback) is null) Console.Write($"\n{sections}");
            return ExitStatus.Done;
        });
        return command;
    }

    // A pattern that fits nothing is a mistake that would show only in what a run makes of it.
    private static IReadOnlyList<SourceMeasurement> Wanted(IReadOnlyList<SourceMeasurement> all, List<NamePattern> without, ImportReport report)
    {
        if (without.Count > 0 && report.LatencyMon is not null)
            throw new FormatException("--without: a LatencyMon report does not say whose its ISRs and DPCs are, so none can be left out.");
        foreach (var pattern in without)
            if (!all.Any(source => pattern.Fits(source.Name)))
                throw new FormatException($"--without {pattern.Text}: nothing of that name ran. There are: "
                    + $"{string.Join(", ", all.Select(source => source.Name).Distinct())}.");
        return [.. all.Where(source => !without.Exists(pattern => pattern.Fits(source.Name)))];
    }

    private static void WritePlayback(RecordingImporter importer, string to, string path, List<NamePattern> without, CancellationToken stopping)
    {
        var recorder = new PlaybackRecorder(name => !without.Exists(pattern => pattern.Fits(name)));
        RecordingImport.Run(importer, recorder, path, stopping);
        var playback = recorder.Close();
        using var stream = new BufferedStream(File.Create(to), 1 << 16);
        playback.Write(stream);
    }

    private static void Print(ImportReport report, MachineMeasurement machine, IReadOnlyList<SourceMeasurement> sources, int leftOut,
        LatencyMonLoad? load)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"recording   {report.Format}: {report.Lines:#,0} lines, {report.Intervals:#,0} intervals, {report.Instants:#,0} instants"));
        foreach (var line in UnreadText.Lines(report)) Console.WriteLine($"not read    {line}");
        foreach (var loss in machine.Losses) Console.WriteLine($"LOST        {loss} Nothing is measured across it.");
        foreach (var note in report.Notes) Console.WriteLine($"note        {note}");
        if (leftOut > 0) Console.WriteLine($"without     {leftOut} sources, as asked for");
        if (load is not null) Print(load);
        if (sources.Count == 0) return;
        Console.WriteLine($"measured    {machine.Length}\n");
        var width = Math.Max(6, sources.Max(s => InterferenceSections.NameOf(s).Length));
        Console.WriteLine($"{"source".PadRight(width)} {"count",10} {"per second",12} {"mean",12} {"busy",12}");
        foreach (var s in sources.Take(CalibrationFigures.MostSources))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{InterferenceSections.NameOf(s).PadRight(width)} {s.Count,10:#,0} "
                + $"{s.Count / s.Observed.Seconds,12:#,0.0} {s.MeanDuration,12} {s.Busy,12}{(s.IsRare ? "  seldom: taken to come at random" : "")}"));
        foreach (var s in sources.Where(s => s.Following is { } following && sources.Contains(following.Leader)))
            Console.WriteLine($"follows     {InterferenceSections.NameOf(s)} comes {s.Following!.Describe(InterferenceSections.NameOf)}");
        if (sources.Count > CalibrationFigures.MostSources)
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"and {sources.Count - CalibrationFigures.MostSources:#,0} more, which took less"));
    }

    private static void Print(LatencyMonLoad load)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"calibrated  {load.Time} of {load.Processors} processors")
            + (load.HasProcessors ? "" : ", a number that the report does not say"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"            {100 * load.ShareOf(isIsr: true):0.####} % of their time in ISRs, {100 * load.ShareOf(isIsr: false):0.####} % in DPCs"));
    }
}
