using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pcie.Diagnosis.Calibration;
using Pcie.Diagnosis.Import;
using Pcie.Diagnosis.Import.Results;
using Pcie.Program;

namespace Pcie.Emu.Commands;

/// <summary><c>emu calibrate</c>: makes interference for a scenario from a recording of a real machine.</summary>
internal static class CalibrateCommand
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

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
        var ts = new Option<TimestampMeaning>("--ts")
        {
            Description = "xperf: what a TimeStamp is: start, end or detect.", DefaultValueFactory = _ => TimestampMeaning.Detect,
        };
        var json = new Option<bool>("--json") { Description = "Print the measurements as one JSON object and nothing else." };
        var command = new Command("calibrate", "Make a scenario's interference from a recording of a real machine.") { file, output, playback, ts,
            json };
        command.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(file);
            var importer = RecordingImporter.Open(RunCommand.Existing(path)!, parsed.GetValue(ts));
            var machine = new MachineMeasurement();
            var report = RecordingImport.Run(importer, machine, path, stopping);
            var sources = machine.Close();
            var sections = report.LatencyMon is { } figures
                ? InterferenceSections.Of(figures, Path.GetFileName(path)) : InterferenceSections.Of(machine, sources, Path.GetFileName(path));
            if (parsed.GetValue(output) is { } to) File.WriteAllText(to, sections);
            if (parsed.GetValue(playback) is { } recording) WritePlayback(importer, recording, path, stopping);
            if (parsed.GetValue(json)) Console.WriteLine(JsonSerializer.Serialize(Figures(report, machine, sources), Readable));
            else Print(report, machine, sources);
            if (!parsed.GetValue(json) && parsed.GetValue(output) is null && parsed.GetValue(playback) is null) Console.Write($"\n{sections}");
            return ExitStatus.Done;
        });
        return command;
    }

    private static void WritePlayback(RecordingImporter importer, string to, string path, CancellationToken stopping)
    {
        var recorder = new PlaybackRecorder();
        RecordingImport.Run(importer, recorder, path, stopping);
        var playback = recorder.Close();
        using var stream = new BufferedStream(File.Create(to), 1 << 16);
        playback.Write(stream);
    }

    private static void Print(ImportReport report, MachineMeasurement machine, IReadOnlyList<SourceMeasurement> sources)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"recording   {report.Format}: {report.Lines:#,0} lines, {report.Intervals:#,0} intervals, {report.Instants:#,0} instants"));
        foreach (var (reason, count) in report.Skipped)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"not used    {count:#,0} x {reason}"));
        foreach (var loss in machine.Losses) Console.WriteLine($"LOST        {loss}");
        foreach (var note in report.Notes) Console.WriteLine($"note        {note}");
        if (sources.Count == 0) return;
        Console.WriteLine($"measured    {machine.Length}\n");
        var width = Math.Max(6, sources.Max(s => InterferenceSections.NameOf(s).Length));
        Console.WriteLine($"{"source".PadRight(width)} {"count",10} {"per second",12} {"mean",12} {"busy",12}");
        foreach (var s in sources)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{InterferenceSections.NameOf(s).PadRight(width)} {s.Count,10:#,0} "
                + $"{s.Count / machine.Length.Seconds,12:#,0.0} {s.MeanDuration,12} {s.Busy,12}"));
    }

    private static object Figures(ImportReport report, MachineMeasurement machine, IReadOnlyList<SourceMeasurement> sources) => new
    {
        Format = report.Format.ToString(),
        report.Lines,
        report.Bytes,
        report.Intervals,
        report.Instants,
        report.ZeroLength,
        report.Skipped,
        report.Notes,
        machine.LostEvents,
        machine.Losses,
        LengthNs = machine.Length.Nanoseconds,
        machine.Processors,
        Sources = sources.Select(s => new
        {
            Name = InterferenceSections.NameOf(s),
            s.Processor,
            Kind = s.Kind.ToString(),
            s.Count,
            BusyNs = s.Busy.Nanoseconds,
            MeanNs = s.MeanDuration.Nanoseconds,
            Interval = Fit(s.FitIntervals()),
            Duration = Fit(s.FitDurations()),
        }),
    };

    // How well what is written fits what was measured.
    private static object Fit(QuantileFit fit) => new
    {
        QuantilesNs = fit.Quantiles.Select(quantile => quantile.Nanoseconds),
        MeanNs = fit.MeasuredMean.Nanoseconds,
        FittedMeanNs = fit.FittedMean.Nanoseconds,
        KolmogorovSmirnov = fit.Distance,
    };
}
