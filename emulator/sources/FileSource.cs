namespace Pcie.Emulator.Sources;

/// <summary>The bytes of a file, in chunks; the last one may be short.</summary>
public sealed class FileSource : IChunkSource
{
    private readonly FileStream file;
    private readonly bool repeat;
    private readonly long length;
    private long position;

    /// <param name="repeat">Whether the file begins anew after its end, in the middle of a chunk if need be: every chunk is whole then.</param>
    /// <exception cref="IOException">The file cannot be opened, or is empty.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public FileSource(string path, bool repeat)
    {
        // Before it is opened: a pipe would be waited for that somebody writes to.
        var found = new FileInfo(path);
        if (Directory.Exists(path)) throw new IOException($"{path} is a folder: a file source (path, in [card.source]) needs a file.");
        if (!found.Exists)
            throw new IOException($"{path} is not there: a file source needs one; path, in [card.source], is taken from the scenario's own folder.");
        if (found.Length == 0)
            throw new IOException($"{path} is empty: a file source needs at least one byte, in a file and not a pipe.");
        file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.SequentialScan);
        this.repeat = repeat;
        length = file.Length;
    }

    public bool HasNext => position < length || repeat;

    public long? BytesLeft => repeat ? null : length - position;

    public int Next(Span<byte> payload, int chunkSize)
    {
        var taken = 0;
        do
        {
            if (position >= length) Rewind();
            var part = (int)Math.Min(chunkSize - taken, length - position);
            if (!payload.IsEmpty) Read(payload.Slice(taken, part));
            position += part;
            taken += part;
        }
        while (repeat && taken < chunkSize);
        return taken;
    }

    public void Rewind()
    {
        position = 0;
        file.Position = 0;
    }

    private void Read(Span<byte> part)
    {
        var got = file.ReadAtLeast(part, part.Length, throwOnEndOfStream: false);
        if (got < part.Length)
            throw new IOException($"{file.Name} was cut short while it was streamed: it had {length:#,0} bytes when it was opened, "
                + $"and ends after {file.Position:#,0} now. Stream a file that nobody writes to.");
    }

    public void Dispose() => file.Dispose();
}
