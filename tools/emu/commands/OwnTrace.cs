using System.IO.Compression;
using Pcie.Files;
using Pcie.Trace;

namespace Pcie.Emu.Commands;

/// <summary>Opens a trace of ours, gzip or not.</summary>
internal static class OwnTrace
{
    /// <summary>Whether the file begins as one; it may still be damaged.</summary>
    public static bool IsOne(string path)
    {
        using var stream = Open(path);
        Span<byte> head = stackalloc byte[8];
        try
        {
            return stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head.SequenceEqual(TraceFile.Magic);
        }
        catch (InvalidDataException)
        {
            // Damaged gzip: the importer says so.
            return false;
        }
    }

    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static TraceRecording Read(string path)
    {
        using var stream = new BufferedStream(Open(path), 1 << 16);
        return LongWork.Show(Path.GetFileName(path), () => NamedFile.Read(path, () => TraceFile.Read(stream)));
    }

    private static Stream Open(string path)
    {
        var raw = File.OpenRead(path);
        var gzip = raw.ReadByte() == 0x1F && raw.ReadByte() == 0x8B;
        raw.Position = 0;
        return gzip ? new GZipStream(raw, CompressionMode.Decompress) : raw;
    }
}
