namespace Pcie.Trace;

/// <summary>
/// The events of one side of a run, however long, kept in a temporary file that nobody else sees and that goes with this object: a day of them is
/// tens of gigabytes.
/// </summary>
/// <remarks>Recording allocates nothing. One thread records; what is there can be read by another meanwhile.</remarks>
public sealed class TraceSpool : ITraceSink, IDisposable
{
    private readonly TraceEvent[] block = new TraceEvent[TraceRecording.BlockLength];
    private readonly byte[] bytes = new byte[TraceRecording.BlockLength * TraceFile.EventLength];
    private readonly FileStream file;
    private int used;
    private long written;

    /// <exception cref="IOException">There is no place for temporary files.</exception>
    public TraceSpool()
    {
        var path = Path.Combine(Path.GetTempPath(), $"trace-{Path.GetRandomFileName()}");
        file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, 0, FileOptions.DeleteOnClose);
        // Elsewhere than on Windows a file that is open needs no name any more, and so is left behind by nobody, however he ends.
        if (!OperatingSystem.IsWindows()) File.Delete(path);
    }

    /// <summary>Events recorded.</summary>
    public long Count => written + used;

    /// <summary>The side's sources: <see cref="Tracer.Sources"/> of its tracer.</summary>
    public IReadOnlyList<TraceSource> Sources { get; set; } = [];

    public void Record(in TraceEvent e)
    {
        if (used == block.Length) WriteOut();
        block[used++] = new TraceEvent(e.Time, e.What, e.A, e.B);
    }

    /// <summary>What is recorded by now, a block at a time, which is good until the next one is asked for. It may be read later.</summary>
    public IEnumerable<ReadOnlyMemory<TraceEvent>> Read()
    {
        WriteOut();
        return Blocks(written);
    }

    private IEnumerable<ReadOnlyMemory<TraceEvent>> Blocks(long count)
    {
        var read = new byte[bytes.Length];
        var events = new TraceEvent[block.Length];
        for (var at = 0L; at < count; at += events.Length)
        {
            var length = (int)Math.Min(events.Length, count - at);
            Fill(read.AsSpan(0, length * TraceFile.EventLength), at * TraceFile.EventLength);
            for (var i = 0; i < length; i++) events[i] = TraceFile.Decode(read.AsSpan(i * TraceFile.EventLength));
            yield return events.AsMemory(0, length);
        }
    }

    private void Fill(Span<byte> part, long offset)
    {
        while (part.Length > 0)
        {
            var got = RandomAccess.Read(file.SafeFileHandle, part, offset);
            if (got == 0) throw new IOException("The temporary file of the trace ends too early.");
            part = part[got..];
            offset += got;
        }
    }

    private void WriteOut()
    {
        TraceFile.Encode(block.AsSpan(0, used), bytes);
        RandomAccess.Write(file.SafeFileHandle, bytes.AsSpan(0, used * TraceFile.EventLength), written * TraceFile.EventLength);
        written += used;
        used = 0;
    }

    public void Dispose() => file.Dispose();
}
