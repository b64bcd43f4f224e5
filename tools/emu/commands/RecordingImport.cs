using Pcie.Diagnosis.Import;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Machine;

namespace Pcie.Emu.Commands;

/// <summary>Reads a recording, and says how far it is.</summary>
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
        var part = new Part();
        return LongWork.Show(Path.GetFileName(path), () => importer.Import(sink, part, stopping), () => part.Done);
    }

    private sealed class Part : IProgress<ImportProgress>
    {
        private double done;

        /// <summary>0 to 1; from any thread.</summary>
        public double Done => Volatile.Read(ref done);

        public void Report(ImportProgress value) =>
            Volatile.Write(ref done, value.BytesTotal == 0 ? 1 : (double)value.BytesRead / value.BytesTotal);
    }
}
