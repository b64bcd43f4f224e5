using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Time;

namespace Pcie.Emu.Guest.Tests;

/// <summary>A data-acquisition card that streams a file, once.</summary>
internal static class FileCard
{
    /// <param name="path">Where the file is put.</param>
    /// <param name="file">What is in it.</param>
    public static CardDesign Create(string path, byte[] file, int chunk, Duration period, int fifoChunks)
    {
        File.WriteAllBytes(path, file);
        return CardDesign.Daq(new DaqCardOptions
        {
            Source = SourceKind.File, Path = path, ChunkSize = chunk, Period = period, FifoChunks = fifoChunks,
        });
    }
}
