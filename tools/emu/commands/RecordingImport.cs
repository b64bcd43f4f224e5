using Pcie.Diagnosis.Import;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Machine;
using Spectre.Console;

namespace Pcie.Emu.Commands;

/// <summary>Reads a recording with a progress bar, on standard error and only if that is a terminal.</summary>
internal static class RecordingImport
{
    /// <exception cref="InvalidDataException">Nothing was read of it of which something can be said; says what it has instead.</exception>
    public static ImportReport Run(RecordingImporter importer, IMachineSink sink, string path, CancellationToken stopping)
    {
        var report = Read(importer, sink, path, stopping);
        return report.IsAnythingRead ? report : throw new InvalidDataException(UnreadText.Refusal(Path.GetFileName(path), report));
    }

    private static ImportReport Read(RecordingImporter importer, IMachineSink sink, string path, CancellationToken stopping)
    {
        if (Console.IsErrorRedirected) return importer.Import(sink, null, stopping);
        var terminal = ErrorTerminal.Create();
        return terminal.Progress().AutoClear(true).Start(context =>
        {
            var task = context.AddTask(Markup.Escape(Path.GetFileName(path)));
            return importer.Import(sink, new Bar(task), stopping);
        });
    }

    private sealed class Bar(ProgressTask task) : IProgress<ImportProgress>
    {
        public void Report(ImportProgress value) => task.Value = value.BytesTotal == 0 ? 100 : 100.0 * value.BytesRead / value.BytesTotal;
    }
}
