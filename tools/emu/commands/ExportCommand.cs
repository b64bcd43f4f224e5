using System.CommandLine;
using System.Globalization;
using Pcie.Diagnosis.Import;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Perfetto;
using Pcie.Program;

namespace Pcie.Emu.Commands;

/// <summary><c>emu export</c>: a trace, ours or a real machine's, for ui.perfetto.dev.</summary>
internal static class ExportCommand
{
    public static Command Create(CancellationToken stopping)
    {
        var file = new Argument<string>("file")
        {
            Description = "A trace of ours (emu run --trace or --flight), or a recording: ftrace, perf script, xperf -a dumper; gzip or not.",
        };
        var output = new Option<string>("-o", "--out")
        {
            Description = "The file to write; by convention it ends in .perfetto-trace.", HelpName = "PATH", Required = true,
        }.AcceptWritableFilesOnly();
        var ts = TimestampOption.Create();
        var clock = ClockRateOption.Create();
        var command = new Command("export", "Write a trace for ui.perfetto.dev and Windows Performance Analyzer.") { file, output, ts, clock };
        command.SetAction(parsed =>
        {
            var (path, target) = (RunCommand.Existing(parsed.GetRequiredValue(file))!, parsed.GetRequiredValue(output));
            if (Path.GetFullPath(path) == Path.GetFullPath(target))
                throw new FormatException($"-o {target}: that is the file to be read; name another.");
            var export = OwnTrace.IsOne(path) ? WriteOwn(path, target)
                : WriteRecording(path, target, parsed.GetValue(ts), ClockRateOption.Of(parsed.GetValue(clock)), stopping);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{target}: {export.Slices:#,0} slices, {new FileInfo(target).Length:#,0} bytes. Open it in https://ui.perfetto.dev."));
            if (export.Cut > 0)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"note: {export.Cut:#,0} slices overlap others of their processor without lying in them, and were cut"));
            foreach (var loss in export.Losses) Console.WriteLine($"LOST: {loss}");
            return ExitStatus.Done;
        });
        return command;
    }

    /// <summary>Exports a trace of ours.</summary>
    public static PerfettoExport WriteOwn(string path, string target)
    {
        var recording = OwnTrace.Read(path);
        using var stream = File.Create(target);
        return PerfettoExport.OfTrace(recording, stream);
    }

    private static PerfettoExport WriteRecording(string path, string target, TimestampMeaning timestamps, double clockRate,
        CancellationToken stopping)
    {
        var importer = RecordingImporter.Open(path, timestamps, clockRate: clockRate);
        if (!importer.HasTimes)
            throw new FormatException($"{Path.GetFileName(path)} is a summary: it has durations and no times, so there is nothing to draw.");
        using var stream = File.Create(target);
        return PerfettoExport.OfMachine(sink => RecordingImport.Run(importer, sink, path, stopping), stream);
    }
}
