namespace Pcie.Card.Sources;

/// <summary>The bytes of a file, in chunks; the last one may be short.</summary>
public sealed class FileSource : IChunkSource
{
    private readonly FileStream file;
    private readonly bool repeat;
    private readonly long length;
    private long position;

    /// <param name="repeat">Whether the file begins anew after its end. A chunk never spans the end.</param>
    /// <exception cref="IOException">The file cannot be opened, or is empty.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public FileSource(string path, bool repeat)
    {
        file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        this.repeat = repeat;
        length = file.Length;
        if (length > 0) return;
        file.Dispose();
        throw new IOException($"{path} is empty: a file source needs at least one byte.");
    }

    public bool HasNext => position < length || repeat;

    public int Next(Span<byte> payload, int chunkSize)
    {
        if (position >= length) Rewind();
        var bytes = (int)Math.Min(chunkSize, length - position);
        if (!payload.IsEmpty) file.ReadExactly(payload[..bytes]);
        position += bytes;
        return bytes;
    }

    public void Rewind()
    {
        position = 0;
        file.Position = 0;
    }

    public void Dispose() => file.Dispose();
}
